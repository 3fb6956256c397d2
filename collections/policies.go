package collections

import (
	"fmt"

	"kehu/internal/policy"
)

// Policies reads the company's policies: the defaults, and what its records change of them.
func Policies(db DB) (*policy.Set, error) {
	set := policy.Defaults()
	rows, err := db.Query("SELECT `key`, value FROM policies")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		if err := set.Put(key, []byte(value)); err != nil {
			return nil, fmt.Errorf("the stored policy %s: %w", key, err)
		}
	}
	return &set, rows.Err()
}
