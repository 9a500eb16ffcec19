package lab;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.catalina.startup.Tomcat;

/** Tomcat with the attributes of its Connector as NAME=VALUE. /early is answered 413 before its body is read. */
public final class TomcatServer {
  public static void main(String[] arguments) throws Exception {
    var tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
    tomcat.setPort(Integer.parseInt(arguments[1]));
    var connector = tomcat.getConnector();
    connector.setProperty("address", arguments[0]);
    for (int n = 2; n < arguments.length; n++) {
      var attribute = arguments[n].split("=");
      connector.setProperty(attribute[0], attribute[1]);
    }
    var context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "hello", new Hello());
    context.addServletMappingDecoded("/*", "hello");
    tomcat.start();
  }

  private static final class Hello extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
      var query = request.getQueryString();
      System.out.println(request.getMethod() + " " + request.getRequestURI() + (query == null ? "" : "?" + query));
      if (request.getRequestURI().startsWith("/early")) {
        response.setStatus(413);
      } else {
        request.getInputStream().readAllBytes();
      }
      response.getOutputStream().print("hello from tomcat\n");
    }
  }
}
