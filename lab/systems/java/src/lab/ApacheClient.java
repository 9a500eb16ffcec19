package lab;

import java.io.IOException;
import java.time.Duration;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;

/** Apache HttpClient 5, its `validateAfterInactivity` in milliseconds before the plan. */
public final class ApacheClient {
  public static void main(String[] arguments) throws Exception {
    var validate = TimeValue.of(Duration.ofMillis(Long.parseLong(arguments[0])));
    Play.run(arguments[1], plan -> new OneConnection(validate));
  }

  /** The default strategy, which remembers what it retried. */
  private static final class Retries extends DefaultHttpRequestRetryStrategy {
    private IOException mended;

    @Override
    public boolean retryRequest(HttpRequest request, IOException error, int count, HttpContext context) {
      var retry = super.retryRequest(request, error, count, context);
      if (retry) mended = error;
      return retry;
    }
  }

  private static final class OneConnection implements Play.Client {
    private final Retries retries = new Retries();
    private final CloseableHttpClient client;

    OneConnection(TimeValue validate) {
      var config = ConnectionConfig.custom().setValidateAfterInactivity(validate).build();
      var pool = PoolingHttpClientConnectionManagerBuilder.create().setDefaultConnectionConfig(config).build();
      client = HttpClients.custom().setConnectionManager(pool).setRetryStrategy(retries).build();
    }

    @Override
    public int ask(String method, String uri, byte[] body, Double timeout) throws IOException {
      retries.mended = null;
      var request = ClassicRequestBuilder.create(method).setUri(uri);
      if (body != null) request.setEntity(body, ContentType.APPLICATION_OCTET_STREAM);
      return client.execute(request.build(), response -> {
        EntityUtils.consume(response.getEntity());
        return response.getCode();
      });
    }

    @Override
    public Exception mended() {
      return retries.mended;
    }

    @Override
    public void close() throws IOException {
      client.close();
    }
  }
}
