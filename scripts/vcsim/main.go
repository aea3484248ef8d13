// A vCenter or ESXi for tests: govmomi's simulator, of which Debian packages the library but no program.
//
// It prints one line of JSON, {"url": …, "certificate": …}, and ends when its standard input is closed.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io"
	"log"
	"math/big"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address and port; 0 is one that the system chooses")
	isESX := flag.Bool("esx", false, "a single ESXi host in place of a vCenter")
	vms := flag.Int("vm", 2, "VMs per resource pool")
	clusters := flag.Int("cluster", 1, "clusters per datacenter")
	hosts := flag.Int("host", 3, "hosts per cluster")
	datacenters := flag.Int("dc", 1, "datacenters")
	user := flag.String("user", "", "the only user who may log in; empty: anyone may, with any password")
	password := flag.String("password", "", "of that user")
	delay := flag.Int("delay", 0, "milliseconds before each answer")
	idle := flag.Duration("idle", 0, "a session idle for so long expires; 0: never")
	withTLS := flag.Bool("tls", false, "HTTPS with a self-signed certificate for 127.0.0.1 and localhost")
	verbose := flag.Bool("verbose", false, "keep the simulator's log on standard error")
	flag.Parse()
	if !*verbose {
		log.SetOutput(io.Discard)
	}

	model := simulator.VPX()
	if *isESX {
		model = simulator.ESX()
	} else {
		model.Datacenter, model.Cluster, model.ClusterHost = *datacenters, *clusters, *hosts
		model.Host = 0
	}
	model.Machine = *vms
	model.DelayConfig.Delay = *delay
	simulator.SessionIdleTimeout = *idle
	defer model.Remove()
	exitOn(model.Create())

	address := &url.URL{Host: *listen}
	if *user != "" {
		address.User = url.UserPassword(*user, *password)
	}
	model.Service.Listen = address
	started := struct {
		URL         string `json:"url"`
		Certificate string `json:"certificate,omitempty"`
	}{}
	if *withTLS {
		pair, certificate := selfSigned()
		model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		started.Certificate = certificate
	}
	server := model.Service.NewServer()
	shown := *server.URL
	shown.User = nil
	started.URL = shown.String()
	exitOn(json.NewEncoder(os.Stdout).Encode(started))

	// Whoever started it holds the other end, so it never outlives them.
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// The one that net/http/httptest brings has a key of 1,024 bits, which OpenSSL of Node 24 refuses.
func selfSigned() (tls.Certificate, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	exitOn(err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "vcsim"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(30 * 24 * time.Hour),
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	exitOn(err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(text)
}

func exitOn(err error) {
	if err != nil {
		_, _ = os.Stderr.WriteString("vcsim: " + err.Error() + "\n")
		os.Exit(1)
	}
}
