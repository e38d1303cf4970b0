import java.io.FileInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Requests /index.html over JSSE: Client PORT CA SUITE; prints the suite and the body. "-" in the
 * place of SUITE: Java's own choice.
 */
public class Client {
  public static void main(String[] arguments) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream pem = new FileInputStream(arguments[1])) {
      store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    Socket plain = new Socket("127.0.0.1", Integer.parseInt(arguments[0]));
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setServerNames(List.of(new SNIHostName("localhost")));
      parameters.setProtocols(new String[] {System.getProperty("peer.tls", "TLSv1.3")});
      if (!arguments[2].equals("-")) {
        parameters.setCipherSuites(new String[] {arguments[2]});
      }
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
