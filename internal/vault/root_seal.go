package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// sealLabel is for the key that vouches for backups.
const sealLabel = "kehu backup seal 1"

// sealKeySize is that of HMAC-SHA256.
const sealKeySize = 32

// Vouch says that data come from the register of this root key: HMAC-SHA256 in hex. Anybody can
// encrypt to the public recipients of a backup; only the register can vouch for one.
func (r *Root) Vouch(data []byte) string {
	mac := hmac.New(sha256.New, r.derive(sealLabel, sealKeySize))
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil))
}

// Vouched tells whether Vouch said so of data.
func (r *Root) Vouched(data []byte, said string) bool {
	return hmac.Equal([]byte(r.Vouch(data)), []byte(said))
}
