package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// envPostgres names a cluster, as for the tests.
const envPostgres = pgtest.EnvURL

// postgres makes databases in a cluster: a given one, or one that it starts when
// the first database is asked for.
type postgres struct {
	cluster string
	own     *pgtest.Cluster
}

// database makes an empty database; drop deletes it.
func (p *postgres) database(ctx context.Context) (dsn string, drop func() error, err error) {
	if p.cluster == "" {
		if p.own, err = pgtest.Start(); err != nil {
			return "", nil, fmt.Errorf("start PostgreSQL: %w", err)
		}
		p.cluster = p.own.URL("postgres")
	}
	at, err := url.Parse(p.cluster)
	if err != nil {
		return "", nil, errors.New("the URL of PostgreSQL is malformed")
	}
	name := "cenacle_load_" + strings.ToLower(rand.Text())
	if err := p.execute(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	at.Path = "/" + name
	return at.String(), func() error {
		return p.execute(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
	}, nil
}

func (p *postgres) execute(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.cluster)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// close removes the cluster that was started.
func (p *postgres) close() error {
	if p.own == nil {
		return nil
	}
	return p.own.Remove()
}
