package lab;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;

/** A client without an HTTP library: it pays no heed to `Connection: close` and keeps its socket to the plan's end. */
public final class SocketClient {
  public static void main(String[] arguments) throws Exception {
    Play.run(arguments[0], plan -> new OneConnection());
  }

  private static final class OneConnection implements Play.Client {
    private Socket socket;
    private InputStream input;

    @Override
    public int ask(String method, String uri, byte[] body, Double timeout) throws IOException {
      var target = URI.create(uri);
      if (socket == null) {
        socket = new Socket(target.getHost(), target.getPort() < 0 ? 80 : target.getPort());
        socket.setTcpNoDelay(true);
        input = new BufferedInputStream(socket.getInputStream());
      }
      var length = body == null ? "" : "Content-Length: " + body.length + "\r\n";
      var head = method + " " + target.getRawPath() + " HTTP/1.1\r\nHost: " + target.getHost() + "\r\n" + length + "\r\n";
      socket.getOutputStream().write((head + (body == null ? "" : new String(body))).getBytes());
      int status = Integer.parseInt(line().split(" ")[1]);
      int size = 0;
      for (var field = line(); !field.isEmpty(); field = line()) {
        if (field.toLowerCase().startsWith("content-length:")) size = Integer.parseInt(field.substring(15).strip());
      }
      input.readNBytes(size);
      return status;
    }

    private String line() throws IOException {
      var text = new StringBuilder();
      for (int octet = input.read(); octet != '\n'; octet = input.read()) {
        if (octet < 0) throw new EOFException("end of file");
        text.append((char) octet);
      }
      return text.toString().strip();
    }

    @Override
    public void close() throws IOException {
      if (socket != null) socket.close();
    }
  }
}
