package store

import (
	"database/sql"
	"math"
)

// page reads a bounded part of a gapless log, in slices that are small enough
// that a row that no longer fits does not drag a hundred others from the disk.
type page struct {
	after, last int64 // what remains: (after, last]
	items       int   // that may still be taken
	octets      int   // that may still be taken
	taken, size int   // so far
	full        bool
}

// newPage starts a page of the items after a sequence number, up to last.
func newPage(after, last uint64, maxItems, maxOctets int) *page {
	return &page{after: int64(min(after, math.MaxInt64)), last: int64(min(last, math.MaxInt64)), items: maxItems, octets: maxOctets}
}

func (p *page) more() bool { return !p.full && p.items > 0 && p.after < p.last }

// slice is how many rows to ask for next, judged by the size of those before.
func (p *page) slice() int {
	const first, most = 64, 256
	n := first
	if p.taken > 0 {
		n = p.octets/(p.size/p.taken+1) + 1
	}
	return max(1, min(n, most, p.items))
}

// fits reports whether an item of the size may be taken. The first always may.
func (p *page) fits(size int) bool { return p.taken == 0 || size <= p.octets }

// read goes through the rows, which item scans; it returns the item's size, and
// took the item if it fits.
func (p *page) read(rows *sql.Rows, item func() (size int, err error)) error {
	defer rows.Close()
	before := p.taken
	for rows.Next() {
		size, err := item()
		if err != nil {
			return err
		}
		if !p.fits(size) {
			p.full = true
			break
		}
		p.after++
		p.taken++
		p.items--
		p.size += size
		p.octets -= size
	}
	// A log without gaps always has another row; never ask twice for none.
	p.full = p.full || p.taken == before
	return rows.Err()
}
