package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
)

// FetchServerInfo asks a server what it tells anybody. It is shown to people and
// never trusted.
func FetchServerInfo(ctx context.Context, t Transport) (info schema.ServerInfo, err error) {
	r := remote{transport: t} // nothing is signed here: no origin is needed
	err = r.do(ctx, "GET", "/v1/server", "", nil, &info, maxSmall)
	return info, err
}
