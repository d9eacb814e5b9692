package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipeline is a transaction on PostgreSQL. The calls of one run, or of a commit, are
// sent together and answered together (PostgreSQL's manual, "Pipelining"), so
// that a commit of appends waits for the database twice, and not once for each
// statement. After the first statement that fails, the database skips all that
// were sent with it, COMMIT too.
type pipeline struct {
	conn  *sql.Conn
	begun bool
	ended bool
}

// rollbackTimeout bounds a rollback, after which the connection is closed.
const rollbackTimeout = 5 * time.Second

var (
	beginStatement    = &statement{name: "begin", texts: []string{"BEGIN"}, names: []string{"begin"}}
	commitStatement   = &statement{name: "commit", texts: []string{"COMMIT"}, names: []string{"commit"}}
	rollbackStatement = &statement{name: "rollback", texts: []string{"ROLLBACK"}, names: []string{"rollback"}}
)

// newPipeline takes a connection. BEGIN goes with its first calls.
func (s *Store) newPipeline(ctx context.Context) (*pipeline, error) {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &pipeline{conn: conn}, nil
}

func (p *pipeline) run(ctx context.Context, calls []call) error {
	if len(calls) == 0 {
		return nil
	}
	if !p.begun {
		p.begun = true
		calls = append([]call{{statement: beginStatement}}, calls...)
	}
	return p.exchange(ctx, calls)
}

func (p *pipeline) commit(ctx context.Context, calls []call) error {
	if err := p.run(ctx, append(calls, call{statement: commitStatement})); err != nil {
		return err
	}
	return p.end()
}

func (p *pipeline) rollback() error {
	if p.ended {
		return nil
	}
	var err error
	if p.begun {
		ctx, cancel := context.WithTimeout(context.Background(), rollbackTimeout)
		defer cancel()
		err = p.exchange(ctx, []call{{statement: rollbackStatement}})
	}
	return errors.Join(err, p.end())
}

// end gives the connection back, once.
func (p *pipeline) end() error {
	if p.ended {
		return nil
	}
	p.ended = true
	return p.conn.Close()
}

// exchange sends calls and reads all answers. A connection on which anything
// failed is closed, which ends its transaction and frees its locks, unless a
// constraint was violated.
func (p *pipeline) exchange(ctx context.Context, calls []call) error {
	var failure error
	err := p.conn.Raw(func(c any) error {
		failure = exchange(ctx, c.(*stdlib.Conn).Conn().PgConn(), calls)
		if failure != nil && !violates(failure) {
			return driver.ErrBadConn
		}
		return nil
	})
	if failure != nil {
		p.ended = err != nil
		return failure
	}
	return err
}

// binaryFormat is the format of all parameters and columns, in pgconn's notation.
var binaryFormat = []int16{1}

// preparedKey is where a connection keeps the names of the statements that it has
// prepared, a map[string]bool.
const preparedKey = "cenacle.prepared"

func exchange(ctx context.Context, conn *pgconn.PgConn, calls []call) error {
	prepared, _ := conn.CustomData()[preparedKey].(map[string]bool)
	if prepared == nil {
		prepared = make(map[string]bool)
		conn.CustomData()[preparedKey] = prepared
	}
	pl := conn.StartPipeline(ctx)
	fresh := send(pl, calls, prepared)
	err := pl.Sync()
	for i := 0; i < len(calls) && err == nil; i++ {
		if err = receive(pl, &calls[i], fresh[i], prepared); err != nil {
			err = fmt.Errorf("%s: %w", calls[i].statement.name, err)
		}
	}
	// What is left to read is the end of the exchange, after an error also the
	// answers of what was skipped.
	if closing := pl.Close(); err == nil {
		err = closing
	}
	return err
}

// send queues the calls. A statement that is new to the connection is prepared on
// the way; fresh says before which calls.
func send(pl *pgconn.Pipeline, calls []call, prepared map[string]bool) (fresh []bool) {
	fresh = make([]bool, len(calls))
	underway := make(map[string]bool)
	var params [][]byte
	var numbers []byte
	for i := range calls {
		c := &calls[i]
		name := c.statement.names[c.size]
		if !prepared[name] && !underway[name] {
			fresh[i], underway[name] = true, true
			pl.SendPrepare(name, c.statement.texts[c.size], nil)
		}
		params, numbers = encode(params[:0], numbers[:0], c.values)
		pl.SendQueryPrepared(name, params, binaryFormat, binaryFormat)
	}
	return fresh
}

// encode writes values in the database's binary format, numbers with their help.
func encode(params [][]byte, numbers []byte, values []value) ([][]byte, []byte) {
	params, numbers = slices.Grow(params, len(values)), slices.Grow(numbers, 8*len(values))
	for _, v := range values {
		if v.octets != nil {
			params = append(params, v.octets)
			continue
		}
		numbers = binary.BigEndian.AppendUint64(numbers, uint64(v.number))
		params = append(params, numbers[len(numbers)-8:])
	}
	return params, numbers
}

// receive reads the answer to one call.
func receive(pl *pgconn.Pipeline, c *call, fresh bool, prepared map[string]bool) error {
	if fresh {
		if _, err := pl.GetResults(); err != nil {
			return err
		}
		prepared[c.statement.names[c.size]] = true
	}
	results, err := pl.GetResults()
	if err != nil {
		return err
	}
	rows, ok := results.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("an answer is %T", results)
	}
	for rows.NextRow() {
		if c.row == nil {
			return errors.New("unexpected rows")
		}
		if err := c.row(func(dst ...any) error { return decode(dst, rows.Values()) }); err != nil {
			return err
		}
	}
	tag, err := rows.Close()
	if err == nil && c.statement == commitStatement && tag.String() != "COMMIT" {
		// A transaction that has failed answers ROLLBACK.
		return fmt.Errorf("the database answered %s", tag)
	}
	return err
}

// decode reads columns in the database's binary format.
func decode(dst []any, columns [][]byte) error {
	if len(dst) != len(columns) {
		return fmt.Errorf("%d columns instead of %d", len(columns), len(dst))
	}
	for i, column := range columns {
		if err := decodeColumn(dst[i], column); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func decodeColumn(dst any, column []byte) error {
	if d, ok := dst.(sql.Scanner); ok {
		return d.Scan(column)
	}
	var n int64
	switch len(column) {
	case 2: // SMALLINT
		n = int64(int16(binary.BigEndian.Uint16(column)))
	case 8: // BIGINT
		n = int64(binary.BigEndian.Uint64(column))
	default:
		return fmt.Errorf("a number of %d octets", len(column))
	}
	switch d := dst.(type) {
	case *int64:
		*d = n
	case *uint64:
		if n < 0 {
			return fmt.Errorf("%d is negative", n)
		}
		*d = uint64(n)
	case *bool:
		*d = n != 0
	default:
		return fmt.Errorf("nothing is read into %T", dst)
	}
	return nil
}
