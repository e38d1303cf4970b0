import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** What the environment says to Client and Server, as `wishes` in ../peers.py has it. */
final class Settings {
  private Settings() {}

  static final String SESSIONS = System.getenv("PEER_SESSIONS");

  /** Shows the certificate at a path, unless it is null, and trusts the authority at another. */
  static SSLContext context(String certificate, String key, String authority) throws Exception {
    if (System.getenv("PEER_GROUPS") != null) {
      System.setProperty("jdk.tls.namedGroups", System.getenv("PEER_GROUPS"));
    }
    if (SESSIONS != null) {
      String tickets = String.valueOf(SESSIONS.equals("tickets"));
      System.setProperty("jdk.tls.client.enableSessionTicketExtension", tickets);
      System.setProperty("jdk.tls.server.enableSessionTicketExtension", tickets);
    }
    KeyStore keys = empty();
    if (certificate != null) {
      Certificate own = read(certificate);
      keys.setKeyEntry("own", privateKey(key, own), new char[0], new Certificate[] {own});
    }
    KeyManagerFactory shown =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    shown.init(keys, new char[0]);
    KeyStore authorities = empty();
    if (authority != null) {
      authorities.setCertificateEntry("ca", read(authority));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authorities);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(shown.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  static void restrict(SSLParameters parameters) {
    String version = System.getenv("PEER_TLS");
    parameters.setProtocols(new String[] {"TLSv" + (version != null ? version : "1.3")});
    if (System.getenv("PEER_SUITE") != null) {
      parameters.setCipherSuites(new String[] {System.getenv("PEER_SUITE")});
    }
  }

  private static KeyStore empty() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  private static Certificate read(String path) throws Exception {
    try (InputStream pem = new FileInputStream(path)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(pem);
    }
  }

  private static PrivateKey privateKey(String path, Certificate certificate) throws Exception {
    String pem = Files.readString(Path.of(path)).replaceAll("-----[A-Z ]+-----|\\s", "");
    return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
  }
}
