package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/acme/autocert"
)

// newHTTP makes the HTTP server with all its bounds.
func (s *Server) newHTTP() (*http.Server, error) {
	h := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: readHeaderTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: http2Streams, SendPingTimeout: http2Ping,
			PingTimeout: http2Stuck, WriteByteTimeout: http2Stuck,
		},
		ErrorLog: log.New(remarks{s.opts.Logger}, "", 0),
	}
	switch o := s.opts; {
	case o.TLSCert != "":
		pair, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("load the TLS certificate: %w", err)
		}
		h.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	case len(o.ACMEHosts) > 0:
		manager := &autocert.Manager{
			Prompt:     autocert.AcceptTOS,
			HostPolicy: autocert.HostWhitelist(o.ACMEHosts...),
			Cache:      autocert.DirCache(filepath.Join(o.DataDir, "acme")),
		}
		h.TLSConfig = manager.TLSConfig()
		h.TLSConfig.MinVersion = tls.VersionTLS12
	}
	return h, nil
}

// remarks logs what the HTTP package says of broken handshakes and the like,
// without the clients' addresses that it puts into it.
type remarks struct{ log *slog.Logger }

// Write implements [io.Writer] for a [log.Logger].
func (r remarks) Write(line []byte) (int, error) {
	what := string(line)
	for _, before := range []string{" from ", " serving ", "\n", ": read ", ": write "} {
		what, _, _ = strings.Cut(what, before)
	}
	level := slog.LevelDebug
	if strings.HasPrefix(what, "http: Accept error") {
		level = slog.LevelWarn // too many open files, most likely
	}
	r.log.Log(context.Background(), level, "remark of the HTTP server", "what", what)
	return len(line), nil
}

func (s *Server) serve(l net.Listener) error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(l, "", "")
	}
	return s.http.Serve(l)
}
