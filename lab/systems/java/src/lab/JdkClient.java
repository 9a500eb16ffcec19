package lab;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** java.net.http.HttpClient. Its pool is set by system properties. */
public final class JdkClient {
  public static void main(String[] arguments) throws Exception {
    Play.run(arguments[0], plan -> new OneConnection(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()));
  }

  private record OneConnection(HttpClient client) implements Play.Client {
    @Override
    public int ask(String method, String uri, byte[] body, Double timeout) throws Exception {
      var content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
      var request = HttpRequest.newBuilder(URI.create(uri)).method(method, content);
      if (timeout != null) request.timeout(Duration.ofMillis((long) (timeout * 1000)));
      return client.send(request.build(), BodyHandlers.ofByteArray()).statusCode();
    }

    @Override
    public void close() {
      // HttpClient.close() came with Java 21: the connection ends with the program.
    }
  }
}
