package lab;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.ExecutionException;

/** Vert.x HttpClient, its HttpClientOptions as JSON before the plan. */
public final class VertxClient {
  public static void main(String[] arguments) throws Exception {
    var vertx = Vertx.vertx();
    var options = new HttpClientOptions(new JsonObject(arguments[0]));
    Play.run(arguments[1], plan -> new OneConnection(vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(1))));
  }

  private record OneConnection(HttpClient client) implements Play.Client {
    @Override
    public int ask(String method, String uri, byte[] body, Double timeout) throws Exception {
      var options = new RequestOptions().setMethod(HttpMethod.valueOf(method)).setAbsoluteURI(uri);
      if (timeout != null) options.setTimeout((long) (timeout * 1000));
      try {
        return client
            .request(options)
            .compose(request -> body == null ? request.send() : request.send(Buffer.buffer(body)))
            .compose(response -> response.body().map(all -> response.statusCode()))
            .toCompletionStage()
            .toCompletableFuture()
            .get();
      } catch (ExecutionException error) {
        throw (Exception) error.getCause();
      }
    }

    @Override
    public void close() {
      client.close().toCompletionStage().toCompletableFuture().join();
    }
  }
}
