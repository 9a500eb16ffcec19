package lab;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.Server;
import java.net.InetSocketAddress;

/** Armeria with some of ServerBuilder's settings as NAME=VALUE. Reads each request in full and answers. */
public final class ArmeriaServer {
  public static void main(String[] arguments) {
    var builder = Server.builder().http(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
    for (int n = 2; n < arguments.length; n++) {
      var setting = arguments[n].split("=");
      long value = Long.parseLong(setting[1]);
      switch (setting[0]) {
        case "idleTimeoutMillis" -> builder.idleTimeoutMillis(value);
        case "maxNumRequestsPerConnection" -> builder.maxNumRequestsPerConnection((int) value);
        case "maxConnectionAgeMillis" -> builder.maxConnectionAgeMillis(value);
        case "connectionDrainDurationMicros" -> builder.connectionDrainDurationMicros(value);
        case "maxRequestLength" -> builder.maxRequestLength(value);
        default -> throw new IllegalArgumentException(setting[0]);
      }
    }
    builder.serviceUnder("/", (context, request) -> {
      System.out.println(request.method() + " " + request.path());
      return HttpResponse.of(request.aggregate().thenApply(all -> HttpResponse.of("hello from armeria\n")));
    });
    builder.build().start().join();
  }
}
