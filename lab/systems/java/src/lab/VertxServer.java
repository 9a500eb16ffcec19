package lab;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;

/** Vert.x HttpServer, its HttpServerOptions as JSON. */
public final class VertxServer {
  public static void main(String[] arguments) {
    var options = new HttpServerOptions(new JsonObject(arguments[2]));
    Vertx.vertx()
        .createHttpServer(options)
        .requestHandler(request -> {
          System.out.println(request.method() + " " + request.uri());
          request.end().onSuccess(done -> request.response().end("hello from vert.x\n"));
        })
        .listen(Integer.parseInt(arguments[1]), arguments[0]);
  }
}
