package store

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
)

// StreamHeads returns the heads of all streams of a workspace, at most
// [schema.MaxStreams], ascending by stream and of one moment; none when there is no
// such workspace.
func (s *Store) StreamHeads(ctx context.Context, ws schema.WorkspaceID) ([]schema.StreamInfo, error) {
	rows, err := s.reader.QueryContext(ctx, "SELECT circle, stream, head_seq, head_link FROM stream WHERE workspace = $1 ORDER BY stream", ws[:])
	out, err := list(rows, err, func(i *schema.StreamInfo) error {
		return rows.Scan(into(i.Circle[:]), into(i.Head.Stream[:]), &i.Head.Seq, into(i.Head.Link[:]))
	})
	if err != nil {
		return nil, s.failed("stream heads", err)
	}
	return out, nil
}
