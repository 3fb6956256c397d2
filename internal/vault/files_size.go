package vault

// The form of an encrypted file: Tink's streaming AEAD AES256_GCM_HKDF_1MB
// (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming): a header of its own
// length, salt and nonce prefix, then segments that each end with a tag; the first is shorter by
// the header.
const (
	segmentSize = 1 << 20
	segmentTag  = 16
	streamStart = 1 + 32 + 7
)

// PlainSize is how long a file is that EncryptWriter made sealed bytes of; −1 where that is no
// length of such a file.
func PlainSize(sealed int64) int64 {
	segments := (sealed + segmentSize - 1) / segmentSize
	plain := sealed - streamStart - segments*segmentTag - 1 // the version
	if plain < 0 {
		return -1
	}
	return plain
}
