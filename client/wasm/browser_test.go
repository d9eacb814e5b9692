//go:build !js

package main_test

import (
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/wasm/browsertest"
	"github.com/cenacle-team/cenacle/server"
)

func TestInTheBrowser(t *testing.T) {
	node, err := url.Parse(clienttest.Start(t, 1, server.Options{}).Nodes[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	// The proxy gives the server its public origin, as that of its pages.
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(node)
		if r.In.Header.Get("Origin") != "" {
			r.Out.Header.Set("Origin", clienttest.Origin)
		}
	}}
	out := browsertest.New(t, proxy).Run(t, ".")
	for line := range strings.Lines(out) {
		if strings.Contains(line, "speed: ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
