package store

import (
	"context"
	"database/sql"
	"fmt"
)

// transaction is one transaction of a committer. Its calls run in their order, each
// on what the ones before have done and on what was committed before it got its
// locks. After an error it can only be rolled back.
type transaction interface {
	// run runs the calls, with as few round trips as the database allows.
	run(ctx context.Context, calls []call) error
	// commit runs the calls and commits. Once it returns nil everything is durable;
	// when it does not, see the package's comment on what was applied.
	commit(ctx context.Context, calls []call) error
	// rollback ends a transaction that was not committed, or does nothing if that is
	// done already.
	rollback() error
}

// newTransaction begins a transaction of a committer.
func (s *Store) newTransaction(ctx context.Context) (transaction, error) {
	if s.dialect.pipelines {
		return s.newPipeline(ctx)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &portable{tx: tx, prepared: s.prepared}, nil
}

// portable is a transaction by database/sql alone: one statement after the
// other.
type portable struct {
	tx       *sql.Tx
	prepared map[*statement][]*sql.Stmt
}

func (p *portable) run(ctx context.Context, calls []call) error {
	var args []any
	for i := range calls {
		c := &calls[i]
		args = args[:0]
		for _, v := range c.values {
			if v.octets != nil {
				args = append(args, v.octets)
			} else {
				args = append(args, v.number)
			}
		}
		if err := p.call(ctx, c, args); err != nil {
			return fmt.Errorf("%s: %w", c.statement.name, err)
		}
	}
	return nil
}

func (p *portable) call(ctx context.Context, c *call, args []any) error {
	stmt := p.tx.StmtContext(ctx, p.prepared[c.statement][c.size])
	if c.row == nil {
		_, err := stmt.ExecContext(ctx, args...)
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := c.row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (p *portable) commit(ctx context.Context, calls []call) error {
	if err := p.run(ctx, calls); err != nil {
		return err
	}
	return p.tx.Commit()
}

func (p *portable) rollback() error { return p.tx.Rollback() }

// prepare prepares statements for portable transactions.
func (s *Store) prepare(ctx context.Context, statements []*statement) error {
	s.prepared = make(map[*statement][]*sql.Stmt)
	for _, st := range statements {
		for _, text := range st.texts {
			p, err := s.writer.PrepareContext(ctx, text)
			if err != nil {
				return fmt.Errorf("prepare %s: %w", st.name, err)
			}
			s.prepared[st] = append(s.prepared[st], p)
		}
	}
	return nil
}
