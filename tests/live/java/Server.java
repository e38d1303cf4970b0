import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** Answers "Hello, peer" over JSSE to any request: Server PORT CERT KEY. */
public class Server {
  private static final byte[] RESPONSE =
      "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nHello, peer".getBytes(
          StandardCharsets.US_ASCII);

  public static void main(String[] arguments) throws Exception {
    String authority = System.getenv("PEER_CLIENT_CA");
    SSLContext context = Settings.context(arguments[1], arguments[2], authority);
    try (SSLServerSocket listener =
        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(
            Integer.parseInt(arguments[0]), 8, InetAddress.getLoopbackAddress())) {
      SSLParameters parameters = listener.getSSLParameters();
      Settings.restrict(parameters);
      parameters.setNeedClientAuth(authority != null);
      listener.setSSLParameters(parameters);
      while (true) {
        answer((SSLSocket) listener.accept());
      }
    }
  }

  private static void answer(SSLSocket accepted) {
    try (SSLSocket socket = accepted) {
      if (socket.getInputStream().read(new byte[4096]) > 0) {
        socket.getOutputStream().write(RESPONSE);
      }
    } catch (IOException refused) {
      System.err.println(refused.getMessage());
    }
  }
}
