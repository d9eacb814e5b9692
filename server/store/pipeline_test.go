package store

import (
	"testing"

	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// TestPipelineFails violates a constraint: the connection stays, and the
// transaction can only be rolled back, also by a COMMIT, which is then no success.
func TestPipelineFails(t *testing.T) {
	s := openAt(t, pgtest.Database(t))
	put := s.dialect.plainStatement("put", "INSERT INTO server_setting (name, value) VALUES ('test', $1)")
	once := []call{{statement: put, values: []value{octetsValue([]byte{1})}}}
	p, err := s.newPipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.run(t.Context(), once); err != nil {
		t.Fatal(err)
	}
	if err := p.run(t.Context(), once); !violates(err) || p.ended {
		t.Fatalf("the same row again: %v, ended %v", err, p.ended)
	}
	if err := p.commit(t.Context(), nil); err == nil {
		t.Error("a failed transaction was committed")
	}
	if err := p.rollback(); err != nil {
		t.Errorf("rollback: %v", err)
	}
	// What fails on the way keeps COMMIT from being done.
	if p, err = s.newPipeline(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.commit(t.Context(), append(once, once...)); !violates(err) || p.ended {
		t.Errorf("the same row twice: %v, ended %v", err, p.ended)
	}
	if err := p.rollback(); err != nil || !p.ended {
		t.Errorf("rollback: %v", err)
	}
	var n int
	if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM server_setting WHERE name = 'test'").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows were committed, %v", n, err)
	}
	// Anything else ends the connection.
	if p, err = s.newPipeline(t.Context()); err != nil {
		t.Fatal(err)
	}
	broken := s.dialect.plainStatement("broken", "SELECT 1 FROM no_such_table")
	if err := p.run(t.Context(), []call{{statement: broken}}); err == nil || violates(err) || !p.ended {
		t.Errorf("a statement that cannot be prepared: %v, ended %v", err, p.ended)
	}
	if err := p.rollback(); err != nil {
		t.Errorf("rollback: %v", err)
	}
}

// TestDecode reads columns that are not what they should be.
func TestDecode(t *testing.T) {
	var id [4]byte
	var n int64
	var u uint64
	var b bool
	if err := decode([]any{into(id[:]), &n, &u, &b}, [][]byte{{1, 2, 3, 4}, {255, 255, 255, 255, 255, 255, 255, 254}, {0, 0, 0, 0, 0, 0, 1, 0}, {0, 1}}); err != nil ||
		id != [4]byte{1, 2, 3, 4} || n != -2 || u != 256 || !b {
		t.Errorf("decoded %v %d %d %v, %v", id, n, u, b, err)
	}
	for name, bad := range map[string]struct {
		dst    any
		column []byte
	}{
		"null id": {into(id[:]), nil}, "short id": {into(id[:]), []byte{1}}, "null number": {&n, nil}, "short number": {&n, []byte{1}},
		"negative": {&u, []byte{255, 255, 255, 255, 255, 255, 255, 255}}, "destination": {new(string), make([]byte, 8)},
	} {
		if err := decode([]any{bad.dst}, [][]byte{bad.column}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := decode([]any{&n}, nil); err == nil {
		t.Error("a missing column: no error")
	}
}
