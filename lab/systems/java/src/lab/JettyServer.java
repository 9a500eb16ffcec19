package lab;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** Jetty with ServerConnector.idleTimeout in milliseconds. /early is answered 413 before its body is read. */
public final class JettyServer {
  public static void main(String[] arguments) throws Exception {
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost(arguments[0]);
    connector.setPort(Integer.parseInt(arguments[1]));
    connector.setIdleTimeout(Long.parseLong(arguments[2]));
    server.addConnector(connector);
    server.setHandler(new Hello());
    server.start();
  }

  private static final class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      System.out.println(request.getMethod() + " " + request.getHttpURI().getPathQuery());
      if (request.getHttpURI().getPath().startsWith("/early")) {
        response.setStatus(413);
      } else {
        Content.Source.consumeAll(request);
      }
      response.write(true, ByteBuffer.wrap("hello from jetty\n".getBytes()), callback);
      return true;
    }
  }
}
