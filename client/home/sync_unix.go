//go:build unix

package home

import (
	"errors"
	"fmt"
	"os"
)

// syncDir makes a rename in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	return nil
}
