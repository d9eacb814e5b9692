package client_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/store/sqlite"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// canaries are the marked plaintexts, by what they are.
var canaries = map[string]string{
	"display name":   "Canary-Name-Zw7Qx",
	"workspace name": "Canary-Workspace-Kp3Vt",
	"channel name":   "canary-channel-Bd9Lm",
	"topic":          "Canary-Topic-Rj2Hs",
	"message":        "Canary-Message-Ty5Nc",
	"edit":           "Canary-Edit-Gu8Fa",
	"reaction":       "Canary-Reaction-Eo1",
	"deleted":        "Canary-Deleted-Wx4Pk",
	"guest message":  "Canary-Guest-Mi6Qy",
	"draft":          "Canary-Draft-Sl0Vr",
	"search":         "Canary-Search-Hq7Db",
	"offline":        "Canary-Offline-Cn2Zt",
	"passphrase":     clienttest.Passphrase,
}

// No plaintext in database, bus, logs, traffic, or in any file of server or
// client, raw or encoded.
func TestAttack_O2_Canaries(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		data := t.TempDir()
		where := map[string]func() []byte{"server files": func() []byte { return files(t, data) }}
		runCanaries(t, server.Options{DataDir: data}, where, "server files")
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.Database(t)
		bus := clienttest.StartBus(t)
		seen := new(clienttest.Recorder)
		conn, err := nats.Connect(bus.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Subscribe(">", func(m *nats.Msg) { seen.Write([]byte(m.Subject)); seen.Write(m.Data) }); err != nil {
			t.Fatal(err)
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		where := map[string]func() []byte{
			"bus":      func() []byte { return seen.Bytes() },
			"database": func() []byte { return dump(t, url) },
		}
		runCanaries(t, server.Options{Database: url, NATS: bus.URL}, where, "database")
	})
}

func runCanaries(t *testing.T, o server.Options, where map[string]func() []byte, database string) {
	logs, traffic := new(clienttest.Recorder), new(clienttest.Recorder)
	o.Logger = slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := clienttest.Start(t, 1, o)
	homes := t.TempDir()
	adapt := func(o *client.Options) {
		o.Transport = traffic.Record(o.Transport)
		o.Logger = slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s, err := sqlite.Open(context.Background(), filepath.Join(homes, schema.NewEventID().String()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		o.Store = s
	}
	secrets := everyFeature(t, c, adapt, homes)
	where["logs"] = logs.Bytes
	where["traffic"] = traffic.Bytes
	where["client files"] = func() []byte { return files(t, homes) }
	contents := map[string][]byte{}
	for place, read := range where {
		contents[place] = read()
		if len(contents[place]) == 0 && place != "logs" {
			t.Errorf("nothing was captured of %s", place)
		}
		for what, text := range canaries {
			if found := clienttest.Find(contents[place], text); len(found) > 0 {
				t.Errorf("the %s stands in the %s (%v)", what, place, found)
			}
		}
		for what, text := range secrets {
			if found := clienttest.Find(contents[place], text); len(found) > 0 {
				t.Errorf("the %s stands in the %s (%v)", what, place, found)
			}
		}
	}
	// What the server does see must be found, or the search would prove nothing.
	for _, place := range []string{"traffic", database} {
		if len(clienttest.Find(contents[place], "canary@example.org")) == 0 {
			t.Errorf("the sign-in handle was not found in the %s: the search does not work", place)
		}
	}
}

// everyFeature uses everything that exists with marked plaintext and returns the
// secrets that came up on the way.
func everyFeature(t *testing.T, c *clienttest.Cluster, adapt func(*client.Options), homes string) map[string]string {
	ctx := clienttest.Context(t)
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	ada := c.SignUpWith("Canary", 0, func(o *client.Options) { adapt(o) })
	p := ada.Engine.Profile()
	p.Name = canaries["display name"]
	sealed, err := p.Seal(clienttest.Passphrase)
	check("seal the profile", err)
	check("write the profile", os.WriteFile(filepath.Join(homes, "profile.pgp"), sealed, 0o600))
	ada.Profile = &p
	ada.Restart()
	bob := c.SignUpWith("Bob", 0, adapt)
	guest := c.SignUpWith("Guest", 0, adapt)
	w := ada.Create(canaries["workspace name"])
	id := w.ID()
	url := ada.Invite(w, client.InviteOptions{})
	bob.Join(url)
	ch, err := ada.In(id).CreateChannel(ctx, canaries["channel name"], client.ChannelOptions{
		Private: true, Topic: canaries["topic"], Members: []schema.UserID{bob.User()},
	})
	check("create a channel", err)
	guestURL := ada.Invite(w, client.InviteOptions{Role: schema.RoleGuest, Circles: []schema.CircleID{ch.Circle}})
	guest.Join(guestURL)
	bob.Sync()
	ada.Follow()
	bob.Follow()
	online(t, ada, bob)
	sent := ada.Post(id, "general", canaries["message"])
	_, err = ada.In(id).Edit(ctx, ada.Channel(id, "general"), sent.ID, canaries["edit"])
	check("edit", err)
	_, err = ada.In(id).React(ctx, ada.Channel(id, "general"), sent.ID, canaries["reaction"])
	check("react", err)
	_, err = ada.In(id).SetPinned(ctx, ada.Channel(id, "general"), sent.ID, true)
	check("pin", err)
	gone := ada.Post(id, "general", canaries["deleted"])
	_, err = ada.In(id).Delete(ctx, ada.Channel(id, "general"), gone.ID)
	check("delete", err)
	guest.Post(id, canaries["channel name"], canaries["guest message"])
	check("draft", ada.In(id).SetDraft(ctx, ada.Channel(id, "general"), nil, canaries["draft"]))
	check("mark as read", ada.In(id).MarkRead(ctx, ada.Channel(id, "general"), sent.Seq))
	check("typing", ada.In(id).SendTyping(ctx, ada.Channel(id, "general"), true))
	check("heads", ada.In(id).SendHeads(ctx))
	v, err := ada.In(id).BeginVerification(bob.User())
	check("verify", err)
	check("confirm", ada.ConfirmVerification(ctx, v))
	clienttest.Eventually(t, "Bob reads", func() bool { return strings.Contains(bob.Texts(id, "general"), canaries["edit"]) })
	_, err = bob.In(id).Search(ctx, canaries["search"], 10)
	check("search", err)
	laptop := c.Device(ada, 0, adapt)
	laptop.Post(id, "general", canaries["offline"])
	oldKey := ada.Engine.Profile().AccountKey
	newKey, err := ada.RevokeDevice(ctx, clienttest.Passphrase, laptop.Device())
	check("revoke", err)
	check("remove", ada.In(id).Remove(ctx, bob.User()))
	_, err = ada.ExportKey(ctx, clienttest.Passphrase, true)
	check("export", err)
	_, fragment, _ := strings.Cut(url, "#")
	_, guestFragment, _ := strings.Cut(guestURL, "#")
	return map[string]string{
		"account key": strings.ReplaceAll(oldKey, "-", ""), "account key as printed": oldKey, "new account key": newKey,
		"invite's fragment": fragment, "guest's fragment": guestFragment,
		"store key": string(p.StoreKey), "device key": string(p.Device[len(p.Device)-32:]), "encryption keys": string(p.Keys[len(p.Keys)-48:]),
	}
}

// files reads all files below a folder.
func files(t *testing.T, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %s\n", d.Name(), b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// dump reads all rows of all tables of a PostgreSQL database: text as it is, and
// octets both in hexadecimal and raw.
func dump(t *testing.T, url string) []byte {
	t.Helper()
	ctx := clienttest.Context(t)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, table := range tables {
		rows, err := conn.Query(ctx, "SELECT * FROM "+pgx.Identifier{table}.Sanitize())
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if b, ok := v.([]byte); ok {
					fmt.Fprintf(&out, "%s %x\n", b, b)
				} else {
					fmt.Fprintf(&out, "%v\n", v)
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}
