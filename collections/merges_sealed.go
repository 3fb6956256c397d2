package collections

import (
	"encoding/base64"
	"encoding/json"

	"kehu/internal/vault"
)

// mergedAgain seals the sensitive values that a merge keeps anew, each in its own context.
func mergedAgain(again Sealer, row SealedRow) (string, error) {
	values := map[string]map[string]string{}
	if err := json.Unmarshal([]byte(row.Value), &values); err != nil {
		return "", err
	}
	for record, fields := range values {
		for field, text := range fields {
			sealed, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return "", vault.SealedDamaged.Because(err)
			}
			if sealed, err = again(sealed, "merges", record, field); err != nil {
				return "", err
			}
			fields[field] = base64.StdEncoding.EncodeToString(sealed)
		}
	}
	text, err := json.Marshal(values)
	return string(text), err
}
