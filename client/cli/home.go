package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cenacle-team/cenacle/schema"
)

// home is the folder of one profile.
type home string

// homeOf is the folder that the flag, CENACLE_HOME or the system names, as an
// absolute path.
func homeOf(flag string, getenv func(string) string) (home, error) {
	dir := flag
	if dir == "" {
		dir = getenv("CENACLE_HOME")
	}
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return "", usage("error.nohome")
		}
		dir = filepath.Join(config, "cenacle")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", usage("error.nohome")
	}
	return home(dir), nil
}

func (h home) profile() string { return filepath.Join(string(h), "profile.pgp") }

func (h home) store() string { return filepath.Join(string(h), "store") }

// maxSealedProfile bounds what is read: the profile with what sealing adds.
const maxSealedProfile = schema.MaxLocalProfile + 64<<10

// read returns the sealed profile, nil when there is none.
func (h home) read() ([]byte, error) {
	f, err := os.Open(h.profile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the profile: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSealedProfile+1))
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	if len(b) > maxSealedProfile {
		return nil, schema.Errorf(schema.CodeTooLarge, "the profile")
	}
	return b, nil
}

// write replaces the sealed profile. It is durable when write returns, and after
// a crash at any moment either the old or the new one is there, whole.
func (h home) write(sealed []byte) (err error) {
	if err := os.MkdirAll(string(h), 0o700); err != nil {
		return fmt.Errorf("make the home: %w", err)
	}
	f, err := os.CreateTemp(string(h), ".profile-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(sealed)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	if err = os.Rename(f.Name(), h.profile()); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	return syncDir(string(h))
}
