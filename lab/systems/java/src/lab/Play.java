package lab;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;

/** Plays a plan: one thread and one client, which keeps one connection, per planned connection. */
final class Play {
  /** What a client library does with one planned connection. */
  interface Client {
    /** The status, when the response is read to its end. `timeout` in seconds, or null. */
    int ask(String method, String uri, byte[] body, Double timeout) throws Exception;

    void close() throws Exception;

    /** An error of the last request that the library mended by sending it again, or null. */
    default Exception mended() {
      return null;
    }
  }

  interface Library {
    Client connection(JsonObject plan) throws Exception;
  }

  static void run(String plan, Library library) throws Exception {
    var all = new JsonObject(plan);
    var connections = all.getJsonArray("connections");
    var threads = new ArrayList<Thread>();
    for (int n = 0; n < connections.size(); n++) {
      int index = n;
      threads.add(new Thread(() -> play(library, all.getString("base"), connections.getJsonObject(index), index)));
    }
    for (var thread : threads) thread.start();
    for (var thread : threads) thread.join();
    // Event loops of a library must not keep the program alive.
    System.exit(0);
  }

  private static void play(Library library, String base, JsonObject connection, int index) {
    try {
      // Before the pause: building a client takes the JVM a while.
      var client = library.connection(connection);
      sleep(connection.getDouble("start", 0.0));
      for (Object each : connection.getJsonArray("requests", new JsonArray())) {
        var plan = (JsonObject) each;
        sleep(plan.getDouble("after", 0.0));
        var line = new JsonObject().put("connection", index);
        line.put("method", plan.getString("method")).put("target", plan.getString("target")).put("retried", false);
        var saw = ask(client, base, plan);
        line.put("clientSaw", saw);
        var mended = client.mended();
        if (mended != null) {
          line.put("clientSaw", text(mended)).put("retried", true).put("retrySaw", saw);
        } else if (plan.getBoolean("resent", false) && saw.startsWith("ok")) {
          // Its library does not tell.
          line.put("retried", true).put("retrySaw", saw);
        } else if (plan.getBoolean("retry", false) && !saw.startsWith("ok")) {
          // The retry goes to another connection: the library has dropped the failed one.
          line.put("retried", true).put("retrySaw", ask(client, base, plan));
        }
        System.out.println(line.encode());
      }
      sleep(connection.getDouble("holdFor", 0.0));
      client.close();
    } catch (Exception error) {
      error.printStackTrace();
      System.exit(1);
    }
  }

  private static String ask(Client client, String base, JsonObject plan) {
    var size = plan.getInteger("body", 0);
    var body = size == 0 ? null : "x".repeat(size).getBytes();
    try {
      return "ok " + client.ask(plan.getString("method"), base + plan.getString("target"), body, plan.getDouble("timeout"));
    } catch (Exception error) {
      return text(error);
    }
  }

  private static String text(Exception error) {
    return error.getClass().getSimpleName() + ": " + error.getMessage();
  }

  private static void sleep(double seconds) throws InterruptedException {
    Thread.sleep((long) (seconds * 1000));
  }
}
