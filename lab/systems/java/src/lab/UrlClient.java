package lab;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;

/** HttpURLConnection, whose connections are pooled by the JVM as a whole. */
public final class UrlClient {
  public static void main(String[] arguments) throws Exception {
    Play.run(arguments[0], plan -> new OneConnection());
  }

  private static final class OneConnection implements Play.Client {
    @Override
    public int ask(String method, String uri, byte[] body, Double timeout) throws IOException {
      var connection = (HttpURLConnection) URI.create(uri).toURL().openConnection();
      connection.setRequestMethod(method);
      if (timeout != null) connection.setReadTimeout((int) (timeout * 1000));
      if (body != null) {
        connection.setDoOutput(true);
        connection.getOutputStream().write(body);
      }
      int status = connection.getResponseCode();
      // Read to its end: only then does the connection go back to the pool.
      try (var content = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        if (content != null) content.readAllBytes();
      }
      return status;
    }

    @Override
    public void close() {
      // What is pooled ends by its own timer, or with the program.
    }
  }
}
