package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

type deviceListJSON struct {
	ID      schema.DeviceID `json:"id"`
	Created string          `json:"created"` // RFC 3339
	Current bool            `json:"current"`
	Revoked bool            `json:"revoked"`
}

type revokedJSON struct {
	Device     schema.DeviceID `json:"device"`
	AccountKey string          `json:"account_key"`
}

func (a *app) deviceCommand() *cobra.Command {
	listAll := a.command("device.list", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		devices, err := s.engine.Devices()
		if err != nil {
			return err
		}
		var out []deviceListJSON
		for _, d := range devices {
			out = append(out, deviceListJSON{ID: d.ID, Created: stamp(d.Created), Current: d.Current, Revoked: d.Revoked})
		}
		return list(a, out, func(d deviceListJSON) []string {
			mark := ""
			switch {
			case d.Current:
				mark = a.t("mark.current")
			case d.Revoked:
				mark = a.t("mark.revoked")
			}
			return []string{d.ID.String(), d.Created, mark}
		})
	}))
	revoke := a.command("device.revoke", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		if err := s.trust(nil, schema.StreamID{}); err != nil {
			return err
		}
		devices, err := s.engine.Devices()
		if err != nil {
			return err
		}
		id, err := findDevice(devices, args[0])
		if err != nil {
			return err
		}
		key, err := s.engine.RevokeDevice(ctx, s.keep.Passphrase(), id)
		if key != "" {
			// Even if what comes after has failed: the old key opens nothing any more.
			if err := a.result(revokedJSON{id, key}, "done.revoke", key); err != nil {
				return err
			}
			a.note("note.revoke")
		}
		return err
	}))
	return a.group("device", listAll, revoke)
}

// shortestID is how much of an id must be typed, its prefix included.
const shortestID = 6

// findDevice finds a device by its id or the beginning of it.
func findDevice(devices []client.DeviceInfo, which string) (schema.DeviceID, error) {
	var found []schema.DeviceID
	for _, d := range devices {
		if len(which) >= shortestID && strings.HasPrefix(d.ID.String(), which) {
			found = append(found, d.ID)
		}
	}
	switch len(found) {
	case 0:
		return schema.DeviceID{}, fail(schema.CodeNotFound, "error.unknowndevice", which)
	case 1:
		return found[0], nil
	}
	return schema.DeviceID{}, fail(schema.CodeAmbiguous, "error.ambiguous", which)
}
