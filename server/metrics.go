package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/server/store"
)

// metrics is the node's registry and what api tells it. Labels are routes,
// statuses and error codes: nothing of users.
type metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.CounterVec
	duration     *prometheus.HistogramVec
	appends      *prometheus.CounterVec
	appendTime   prometheus.Histogram
	rosterPosts  prometheus.Counter
	rosterGrowth prometheus.Counter
	signIns      prometheus.Counter
	failures     *prometheus.CounterVec
	panics       prometheus.Counter
}

func newMetrics() *metrics {
	fast := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: counters("cenacle_http_requests_total", "HTTP requests by route and status.", "route", "status"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cenacle_http_request_duration_seconds", Help: "Time to answer, by route.", Buckets: fast,
		}, []string{"route"}),
		appends: counters("cenacle_appends_total", "Events offered, by whether they were accepted.", "result"),
		appendTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "cenacle_append_duration_seconds", Help: "Time until the events of a request were durable.", Buckets: fast,
		}),
		rosterPosts:  counter("cenacle_roster_batches_total", "Roster batches accepted."),
		rosterGrowth: counter("cenacle_roster_entries_total", "Roster entries accepted."),
		signIns:      counter("cenacle_sign_in_failures_total", "Wrong answers to sign-in challenges."),
		failures:     counters("cenacle_failures_total", "Answers with an error that means trouble, by code.", "code"),
		panics:       counter("cenacle_panics_total", "Handlers that panicked."),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.duration, m.appends, m.appendTime, m.rosterPosts, m.rosterGrowth, m.signIns, m.failures, m.panics,
	)
	return m
}

// watch adds what is read from the hub and the store when it is asked for.
func (m *metrics) watch(hub *live.Hub, st *store.Store) {
	gauge := func(name, help string, f func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f))
	}
	counter := func(name, help string, f func() float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, f))
	}
	stats := hub.Stats()
	gauge("cenacle_sockets", "Live connections.", func() float64 { return float64(stats.Sockets.Load()) })
	counter("cenacle_pushes_total", "Frames queued for live connections.", func() float64 { return float64(stats.Pushes.Load()) })
	counter("cenacle_sockets_dropped_total", "Live connections cut because they did not keep up.", func() float64 { return float64(stats.Dropped.Load()) })
	counter("cenacle_gaps_filled_total", "Pages read from the log to close gaps in pushes.", func() float64 { return float64(stats.Filled.Load()) })
	counter("cenacle_live_panics_total", "Faults that ended a live connection or a topic.", func() float64 { return float64(stats.Panics.Load()) })
	gauge("cenacle_bus_connected", "1 while the bus is connected.", func() float64 {
		if hub.Ready() {
			return 1
		}
		return 0
	})
	gauge("cenacle_database_writers_in_use", "Connections that write.", func() float64 { return float64(st.Stats().Writer.InUse) })
	gauge("cenacle_database_readers_in_use", "Connections that read.", func() float64 { return float64(st.Stats().Reader.InUse) })
	counter("cenacle_database_waits_total", "Times that a reader waited for a connection.", func() float64 { return float64(st.Stats().Reader.WaitCount) })
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// Request implements [api.Metrics].
func (m *metrics) Request(pattern string, status int, d time.Duration) {
	m.requests.WithLabelValues(pattern, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(pattern).Observe(d.Seconds())
}

// Appended implements [api.Metrics].
func (m *metrics) Appended(accepted, refused int, d time.Duration) {
	m.appends.WithLabelValues("accepted").Add(float64(accepted))
	m.appends.WithLabelValues("refused").Add(float64(refused))
	m.appendTime.Observe(d.Seconds())
}

// RosterPosted implements [api.Metrics].
func (m *metrics) RosterPosted(entries int) {
	m.rosterPosts.Inc()
	m.rosterGrowth.Add(float64(entries))
}

// SignInFailed implements [api.Metrics].
func (m *metrics) SignInFailed() { m.signIns.Inc() }

// Failed implements [api.Metrics].
func (m *metrics) Failed(code schema.Code) { m.failures.WithLabelValues(string(code)).Inc() }

// Panicked implements [api.Metrics].
func (m *metrics) Panicked() { m.panics.Inc() }
