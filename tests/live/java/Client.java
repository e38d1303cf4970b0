import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Requests /index.html over JSSE: Client PORT CA; prints the suite and the body. */
public class Client {
  public static void main(String[] arguments) throws Exception {
    SSLContext context =
        Settings.context(System.getenv("PEER_CERT"), System.getenv("PEER_KEY"), arguments[1]);
    for (int visits = Settings.SESSIONS != null ? 3 : 1; visits > 0; --visits) {
      visit(context, Integer.parseInt(arguments[0]));
    }
  }

  private static void visit(SSLContext context, int port) throws Exception {
    Socket plain = new Socket("127.0.0.1", port);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setServerNames(List.of(new SNIHostName("localhost")));
      Settings.restrict(parameters);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      System.out.println(socket.getSession().getCipherSuite());
      socket.getOutputStream().write(
          "GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(
              StandardCharsets.US_ASCII));
      System.out.println(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
