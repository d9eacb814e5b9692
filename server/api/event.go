package api

import (
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// postEvents appends events. Each is accepted or refused by itself; an event
// whose result has no error is durable.
func (a *API) postEvents(r *request) (any, error) {
	req, err := decode[schema.AppendRequest](r)
	if err != nil {
		return nil, err
	}
	if len(req.Items) == 0 || len(req.Items) > schema.MaxAppend {
		return nil, schema.Errorf(schema.CodeBadRequest, "1 to %d events are expected", schema.MaxAppend)
	}
	began := time.Now()
	// The store checks each event under the workspace's lock: circle, epoch,
	// bounds and quota.
	results, err := a.store.Append(r.Context(), store.AppendBatch{
		Workspace: r.workspace, Author: r.session.User, Device: *r.session.Device, Items: req.Items,
	})
	if err != nil {
		return nil, err
	}
	refused := 0
	for _, result := range results {
		if result.Error != nil {
			refused++
		}
	}
	a.opts.Metrics.Appended(len(results)-refused, refused, time.Since(began))
	if refused == len(results) {
		// The gate went by memory. Whoever has left meanwhile is answered as all
		// who are no members are.
		if err := a.admitMember(route{access: member}, r); err != nil {
			return nil, err
		}
	}
	return schema.AppendResponse{Results: results}, nil
}

// readableStream finds the stream of the path and checks that the caller may read it.
func (a *API) readableStream(r *request) (s schema.StreamID, err error) {
	if err := pathID(r, "stream", &s); err != nil {
		return s, err
	}
	circle, err := a.store.StreamCircle(r.Context(), r.workspace, s)
	if err != nil {
		return s, hidden(err)
	}
	return s, a.insideCircle(r, circle)
}

func (a *API) getEvents(r *request) (any, error) {
	stream, err := a.readableStream(r)
	if err != nil {
		return nil, err
	}
	after, err := number(r.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	events, head, err := a.store.EventsAfter(r.Context(), r.workspace, stream, after, schema.MaxPage, schema.MaxPageOctets)
	if err != nil {
		return nil, hidden(err)
	}
	return schema.EventPage{Events: events, Head: head}, nil
}

// deleteEvent erases an event's ciphertext: its author may, and admins.
func (a *API) deleteEvent(r *request) (any, error) {
	stream, err := a.readableStream(r)
	if err != nil {
		return nil, err
	}
	seq, err := number(r.PathValue("seq"))
	if err != nil || seq == 0 {
		return nil, errNotFound()
	}
	event, err := a.store.Event(r.Context(), r.workspace, stream, seq)
	if err != nil {
		return nil, hidden(err)
	}
	if event.Author != r.session.User && r.member.Role < schema.RoleAdmin {
		return nil, schema.Errorf(schema.CodeForbidden, "an event of somebody else")
	}
	if err := a.store.EraseEvent(r.Context(), r.workspace, stream, seq); err != nil {
		return nil, hidden(err)
	}
	a.hub.Erased(r.workspace, stream, seq)
	return nil, nil
}
