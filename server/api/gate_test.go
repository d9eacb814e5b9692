package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// silent are metrics that count failures only.
type silent struct{ failed []schema.Code }

func (*silent) Request(string, int, time.Duration) {}
func (*silent) Appended(int, int, time.Duration)   {}
func (*silent) RosterPosted(int)                   {}
func (*silent) SignInFailed()                      {}
func (s *silent) Failed(c schema.Code)             { s.failed = append(s.failed, c) }
func (*silent) Panicked()                          {}

// A request whose work does not end is given up, while its client still waits.
func TestAttack_O8_WorkOnARequestEnds(t *testing.T) {
	metrics := &silent{}
	a := &API{opts: Options{Metrics: metrics}, log: slog.New(slog.DiscardHandler), bodies: newBodies(), requestTime: 30 * time.Millisecond}
	stuck := route{"GET", "/stuck", anybody, 0, func(_ *API, r *request) (any, error) {
		<-r.Context().Done() // as a database that does not answer
		return nil, r.Context().Err()
	}}
	w := httptest.NewRecorder()
	a.around("GET /stuck", a.handle(stuck)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/stuck", nil))
	var e schema.WireError
	if err := schema.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != http.StatusServiceUnavailable || e.Code != schema.CodeUnavailable {
		t.Fatalf("answered %d %+v, %v", w.Code, e, err)
	}
	if len(metrics.failed) != 1 || metrics.failed[0] != schema.CodeUnavailable {
		t.Errorf("counted %v", metrics.failed)
	}
}
