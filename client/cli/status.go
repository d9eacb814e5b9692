package cli

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

type statusJSON struct {
	User          schema.UserID         `json:"user"`
	Device        schema.DeviceID       `json:"device"`
	Email         string                `json:"email"`
	Server        string                `json:"server"`
	Online        bool                  `json:"online"`
	Outbox        int                   `json:"outbox"`
	Workspaces    []workspaceStatusJSON `json:"workspaces"`
	Misbehaviours []findingJSON         `json:"misbehaviours"`
	Warnings      []findingJSON         `json:"warnings"`
}

type workspaceStatusJSON struct {
	ID            schema.WorkspaceID `json:"id"`
	Name          string             `json:"name"`
	Role          string             `json:"role"`
	Events        uint64             `json:"events"`
	Removed       bool               `json:"removed"`
	Misbehaviours []findingJSON      `json:"misbehaviours"`
	Warnings      []findingJSON      `json:"warnings"`
}

func (a *app) statusCommand() *cobra.Command {
	cmd := a.command("status", between(0, 0), func(ctx context.Context, _ []string) error {
		return a.withProfile(ctx, func(s *session) error {
			// Whatever stops the sync is part of the answer and of the exit code.
			failed := s.sync(ctx)
			status, err := s.engine.Status(ctx)
			if err != nil {
				return err
			}
			out := a.statusOf(status)
			out.Online = !s.offline && failed == nil
			if err := a.showStatus(out); err != nil {
				return err
			}
			for _, w := range status.Workspaces {
				for _, m := range w.Misbehaviours {
					failed = errors.Join(failed, m)
				}
			}
			if s.caught != nil {
				failed = errors.Join(failed, s.caught)
			}
			return failed
		})
	})
	cmd.AddCommand(a.statusFindingsCommand(), a.statusDismissCommand())
	return cmd
}

// statusDismissCommand goes on after misbehaviour that rests on the word of one
// device alone.
func (a *app) statusDismissCommand() *cobra.Command {
	return a.command("status.dismiss", between(1, 1), func(ctx context.Context, args []string) error {
		var device schema.DeviceID
		if err := device.UnmarshalText([]byte(args[0])); err != nil {
			return err
		}
		return a.withProfile(ctx, func(s *session) error {
			w, err := s.workspace()
			if err != nil {
				return err
			}
			if err := w.Dismiss(ctx, device); err != nil {
				return err
			}
			return a.result(idJSON{device.String()}, "done.dismiss", device)
		})
	})
}

func (a *app) statusOf(s client.Status) statusJSON {
	out := statusJSON{
		User: s.User, Device: s.Device, Email: s.Handle, Server: s.Origin, Outbox: s.Outbox,
		Workspaces: []workspaceStatusJSON{}, Misbehaviours: a.findings(s.Misbehaviours), Warnings: a.findings(s.Warnings),
	}
	for _, w := range s.Workspaces {
		stops := make([]client.Finding, 0, len(w.Misbehaviours))
		for _, m := range w.Misbehaviours {
			stops = append(stops, m.Finding)
		}
		out.Workspaces = append(out.Workspaces, workspaceStatusJSON{
			ID: w.ID, Name: w.Name, Role: w.Role.String(), Events: w.Events, Removed: w.Removed,
			Misbehaviours: a.findings(stops), Warnings: a.findings(w.Warnings),
		})
	}
	return out
}

func (a *app) showStatus(s statusJSON) error {
	if a.json {
		return a.object(s)
	}
	state := a.t("status.online")
	if !s.Online {
		state = a.t("status.offline")
	}
	rows := [][]string{
		{a.t("status.account"), safe(s.Email) + "  " + s.User.String()},
		{a.t("status.device"), s.Device.String()},
		{a.t("status.server"), safe(s.Server) + "  " + state},
		{a.t("status.outbox"), strconv.Itoa(s.Outbox)},
	}
	for _, w := range s.Workspaces {
		state := a.t("status.synced", w.Events)
		if w.Removed {
			state = a.t("status.removed")
		}
		rows = append(rows, []string{a.t("status.workspace"), safe(w.Name) + "  " + state})
		rows = a.warningRows(rows, w.Misbehaviours, w.Warnings)
	}
	rows = a.warningRows(rows, s.Misbehaviours, s.Warnings)
	return a.table(rows)
}

type versionJSON struct {
	Version  string `json:"version"`
	Protocol uint16 `json:"protocol"`
}

func (a *app) versionCommand() *cobra.Command {
	return a.command("version", between(0, 0), func(context.Context, []string) error {
		return a.result(versionJSON{a.Version, schema.Version}, "done.version", a.Version, schema.Version)
	})
}
