package lab;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** The HTTP server that comes with the JDK: reads each request in full and answers; /early is answered 413 before its
 * body is read. */
public final class JdkServer {
  public static void main(String[] arguments) throws Exception {
    var address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
    var server = HttpServer.create(address, 0);
    // Without one, reading a slow upload would hold up everybody else.
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", exchange -> {
      System.out.println(exchange.getRequestMethod() + " " + exchange.getRequestURI());
      var early = exchange.getRequestURI().getPath().startsWith("/early");
      if (!early) exchange.getRequestBody().readAllBytes();
      var body = "hello from java\n".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(early ? 413 : 200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}
