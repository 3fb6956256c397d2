package vault_test

import (
	"bytes"
	"errors"
	"testing"

	"kehu/internal/vault"
)

func newSubject(t *testing.T, k *vault.Keysets, customer string) (*vault.Subject, []byte) {
	t.Helper()
	subject, wrapped, err := k.NewSubject(customer)
	if err != nil {
		t.Fatal(err)
	}
	return subject, wrapped
}

func TestASubjectsValuesHangOnItsKey(t *testing.T) {
	k := newKeysets(t)
	subject, wrapped := newSubject(t, k, "c1")
	sealed, err := subject.Seal([]byte(secret), "customers", "c1", "cert_no")
	if err != nil || bytes.Contains(sealed, []byte(secret)) || !vault.SealedBySubject(sealed) {
		t.Fatalf("%x %v", sealed, err)
	}
	again, err := k.OpenSubject(wrapped, "c1")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed, "customers", "c1", "cert_no"); err != nil || string(plain) != secret {
		t.Errorf("%q %v", plain, err)
	}
	if _, err := k.Open(sealed, "customers", "c1", "cert_no"); !errors.Is(err, vault.SealedDamaged) {
		t.Errorf("the keysets alone open it: %v", err)
	}
	other, _ := newSubject(t, k, "c1")
	if _, err := other.Open(sealed, "customers", "c1", "cert_no"); !errors.Is(err, vault.SealedDamaged) {
		t.Errorf("another key of the same customer opens it: %v", err)
	}
}

func TestASubjectsKeyStaysInItsPlace(t *testing.T) {
	k := newKeysets(t)
	subject, wrapped := newSubject(t, k, "c1")
	sealed, err := subject.Seal([]byte(secret), "customers", "c1", "cert_no")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.OpenSubject(wrapped, "c2"); !errors.Is(err, vault.SealedDamaged) {
		t.Errorf("it is another customer's too: %v", err)
	}
	for _, place := range [][3]string{{"customers", "c1", "bank_account"}, {"contacts", "c1", "cert_no"},
		{"customers", "c2", "cert_no"}, {"", "", ""}} {
		if _, err := subject.Open(sealed, place[0], place[1], place[2]); !errors.Is(err, vault.SealedDamaged) {
			t.Errorf("opened in %q: %v", place, err)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := subject.Open(changed, "customers", "c1", "cert_no"); !errors.Is(err, vault.SealedDamaged) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := subject.Open(sealed[:i], "customers", "c1", "cert_no"); !errors.Is(err, vault.SealedDamaged) {
			t.Fatalf("cut to %d: %v", i, err)
		}
	}
}

func TestWhatThePrimaryKeySealedIsKnown(t *testing.T) {
	first := newKeysets(t)
	_, wrapped := newSubject(t, first, "c1")
	sealed := seal(t, first, secret)
	second := rotated(t, first)
	for name, b := range map[string][]byte{"a value": sealed, "a subject's key": wrapped} {
		if !first.SealedByPrimary(b) || second.SealedByPrimary(b) {
			t.Errorf("%s: by the first's primary %v, by the second's %v", name,
				first.SealedByPrimary(b), second.SealedByPrimary(b))
		}
	}
	if second.SealedByPrimary(nil) || second.SealedByPrimary([]byte{1, 2}) {
		t.Error("nothing counts as sealed")
	}
}

// Whoever holds the keysets has the new keys after Adopt, and still opens what was sealed before.
func TestAdopt(t *testing.T) {
	held := newKeysets(t)
	before, index := seal(t, held, secret), held.BlindIndex("f", "v")
	held.Adopt(rotated(t, held))
	opens(t, held, before, secret)
	if held.SealedByPrimary(before) || bytes.Equal(held.BlindIndex("f", "v"), index) {
		t.Error("the old keys are still used")
	}
	if all := held.BlindIndexes("f", "v"); len(all) != 2 || !bytes.Equal(all[1], index) {
		t.Errorf("%x", all)
	}
}

func TestTheSelfTestKnowsItsKeys(t *testing.T) {
	first := newKeysets(t)
	canaries, err := first.Canaries()
	if err != nil || len(canaries) != 3 {
		t.Fatalf("%v %v", canaries, err)
	}
	second := rotated(t, first)
	retired, err := second.Primaries()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys *vault.Keysets
		fits bool
	}{
		"the same": {first, true}, "with newer ones": {second, true},
		"others": {newKeysets(t), false}, "retired": {retired, false},
	} {
		if err := c.keys.Check(canaries); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, c := range canaries {
		forged := bytes.Clone(c.Value)
		forged[len(forged)-1] ^= 1
		one := []vault.Canary{{Keyset: c.Keyset, Key: c.Key, Value: forged}}
		if err := first.Check(one); !errors.Is(err, vault.ErrSelfTest) {
			t.Errorf("canary %d of %s changed: %v", i, c.Keyset, err)
		}
	}
}

func TestAttest(t *testing.T) {
	a := testRoot(1).Attest("a", "bc")
	if !bytes.Equal(a, testRoot(1).Attest("a", "bc")) {
		t.Error("not the same twice")
	}
	for name, b := range map[string][]byte{"other borders": testRoot(1).Attest("ab", "c"),
		"another root": testRoot(2).Attest("a", "bc"), "less": testRoot(1).Attest("a")} {
		if bytes.Equal(a, b) {
			t.Errorf("%s: the same", name)
		}
	}
}
