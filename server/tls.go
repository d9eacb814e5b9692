package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

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
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: http2Streams},
		// What the HTTP package says of broken handshakes and the like.
		ErrorLog: slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelDebug),
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

func (s *Server) serve(l net.Listener) error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(l, "", "")
	}
	return s.http.Serve(l)
}
