package match

import (
	"hash/fnv"
	"slices"
	"strings"

	"kehu/internal/cn"
)

// Record is what a customer is compared by, as the register stores it.
type Record struct {
	Kind                                  string // individual, enterprise, institution
	Name, Short                           string
	USCC, RegNo                           string
	Mobiles, Landlines, Emails, Addresses []string // its own and its contacts'
	Division                              string   // code
	Legal                                 string   // legal representative
	People                                []string // names of contacts
	Certificates, Accounts                [][]byte // blind indexes
}

// Card is a record read for comparing.
type Card struct {
	person    bool
	main      name
	short     *name
	who       []rune // a person's name
	uscc      string
	valid     bool // the credit code fits its standard
	org       string
	regNo     string
	mobiles   []string
	lines     []string
	emails    []string
	domains   []string // of firms' own mail
	addresses []address
	division  string
	legal     string
	people    []string
	certs     []string
	accounts  []string
	stored    bool // it lies in the register itself
	keys      []Key
}

// Person tells whether the customer is an individual.
func (c *Card) Person() bool { return c.person }

// maxPeople bounds the contacts that a customer is compared by.
const maxPeople = 30

// Read reads a record. stored says that it lies in the register, so that it is one of those whom a
// key counts.
func Read(r Record, stored bool) *Card {
	c := &Card{person: r.Kind == "individual", division: r.Division, stored: stored,
		uscc: strings.ToUpper(strings.TrimSpace(r.USCC)), regNo: r.RegNo, legal: Folded(r.Legal)}
	if c.person {
		c.who = []rune(Folded(r.Name))
	} else {
		c.main = readName(r.Name)
		if short := readName(r.Short); len(short.core) >= 2 && !equalRunes(short.full, c.main.full) {
			c.short = &short
		}
	}
	if code, _, err := cn.ParseUSCC(c.uscc); err == nil {
		c.valid, c.org = true, code.OrganisationCode()
	} else if len(c.uscc) == 18 {
		c.org = c.uscc[8:17]
	}
	c.mobiles, c.lines = someOf(r.Mobiles), someOf(mapped(r.Landlines, switchboard))
	c.emails = someOf(mapped(r.Emails, strings.ToLower))
	for _, email := range c.emails {
		if read, _, err := cn.ParseEmail(email); err == nil && !read.IsPersonal() {
			c.domains = append(c.domains, read.Domain())
		}
	}
	c.domains = someOf(c.domains)
	for _, text := range someOf(r.Addresses) {
		c.addresses = append(c.addresses, readAddress(text, r.Division))
	}
	if c.division == "" && len(c.addresses) > 0 {
		c.division = c.addresses[0].division
	}
	c.people = someOf(mapped(r.People, Folded))
	for _, blind := range r.Certificates {
		c.certs = append(c.certs, string(blind))
	}
	for _, blind := range r.Accounts {
		c.accounts = append(c.accounts, string(blind))
	}
	return c
}

// ValidCode tells whether a credit code fits its standard.
func ValidCode(code string) bool {
	_, _, err := cn.ParseUSCC(code)
	return err == nil
}

// TwoCodes: two valid credit codes that differ are two legal persons, whatever the names say; only a
// person may decide otherwise.
func TwoCodes(a, b string) bool { return a != b && ValidCode(a) && ValidCode(b) }

// switchboard is a landline without its extension.
func switchboard(line string) string {
	parts := strings.Split(line, "-")
	if len(parts) > 2 {
		parts = parts[:2]
	}
	return strings.Join(parts, "-")
}

func mapped(list []string, by func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = by(s)
	}
	return out
}

// someOf is each value once, the first maxPeople.
func someOf(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) && len(out) < maxPeople {
			out = append(out, s)
		}
	}
	return out
}

// Key is what candidates are found by: the topic in its upper bits, a hash of the value below.
type Key int64

// Topic is what a key was made of. Scans go through the topics in this order.
type Topic byte

// The topics.
const (
	OfOrg     Topic = iota + 1 // organisation code, positions 9–17 of the credit code
	OfRegNo                    // old registration number
	OfMobile                   // mobile of the customer or a contact
	OfLine                     // landline without extension
	OfEmail                    // e-mail address
	OfCert                     // blind index of the certificate
	OfAccount                  // blind index of the account
	OfPlace                    // district, road and number
	OfName                     // core, region and branch
	OfCore                     // 字号 and trade
	OfSound                    // their sound
	OfSlip                     // core with one character left out, and whole
	OfBrand                    // 字号
	OfDomain                   // domain of the firm's own mail
)

const (
	hashBits = 40
	hashMask = 1<<hashBits - 1
)

// Version changes whenever keys are made otherwise: those of a register are made anew then.
const Version = 2

// Topic of a key.
func (k Key) Topic() Topic { return Topic(k >> hashBits) }

// First is the lowest key of a topic.
func (t Topic) First() Key { return Key(t) << hashBits }

func key(t Topic, value string) Key {
	h := fnv.New64a()
	h.Write([]byte{byte(t)})
	h.Write([]byte(value))
	sum := h.Sum64()
	return t.First() | Key((sum^sum>>24)&hashMask)
}

// Bounds of the keys of one record.
const (
	minSlip = 3 // characters of a core of which one may be left out
	maxSlip = 14
)

// Keys are the keys of a card, sorted, each once.
func (c *Card) Keys() []Key {
	if c.keys == nil {
		c.keys = c.makeKeys()
	}
	return c.keys
}

func (c *Card) makeKeys() []Key {
	var keys []Key
	add := func(t Topic, values ...string) {
		for _, v := range values {
			if v != "" {
				keys = append(keys, key(t, v))
			}
		}
	}
	add(OfOrg, c.org)
	add(OfRegNo, c.regNo)
	add(OfMobile, c.mobiles...)
	add(OfLine, c.lines...)
	add(OfEmail, c.emails...)
	add(OfDomain, c.domains...)
	add(OfCert, c.certs...)
	add(OfAccount, c.accounts...)
	for _, a := range c.addresses {
		if a.whole() {
			add(OfPlace, a.key())
		}
	}
	for i, n := range c.names() {
		for _, v := range n.variants() {
			add(OfName, n.nameKey(v))
			add(OfCore, string(v.core))
			add(OfSound, sound(v.core))
			add(OfBrand, string(v.brand))
		}
		if i == 0 {
			keys = append(keys, slips(n.core)...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// names of an organisation: its name, and its short name.
func (c *Card) names() []*name {
	switch {
	case c.person:
		return nil
	case c.short != nil:
		return []*name{&c.main, c.short}
	}
	return []*name{&c.main}
}

// variants are the ways to read a name: with and without the place that may be a part of the
// brand.
func (n *name) variants() []name {
	list := []name{*n}
	if len(n.other) > 0 {
		v := *n
		v.core = n.other
		v.cutTrade()
		list = append(list, v)
	}
	return list
}

func (n *name) nameKey(v name) string {
	region := n.region
	if len(region) == 6 {
		region = cityOf(region)
	}
	return string(v.core) + "|" + region + "|" + n.branch
}

// slips are the keys of a core with one character left out, and of itself: texts one slip apart
// share one of them.
func slips(core []rune) []Key {
	if len(core) < minSlip {
		return nil
	}
	keys := []Key{key(OfSlip, string(core))}
	for i := range min(len(core), maxSlip) {
		keys = append(keys, key(OfSlip, string(core[:i])+string(core[i+1:])))
	}
	return keys
}

// MobileKey is the key of a mobile, for whoever asks how many share it.
func MobileKey(mobile string) Key { return key(OfMobile, mobile) }

// AddContact adds a contact's data to a record.
func (r *Record) AddContact(name, mobile, landline, email string) {
	r.People = append(r.People, name)
	r.Mobiles = append(r.Mobiles, mobile)
	r.Landlines = append(r.Landlines, landline)
	r.Emails = append(r.Emails, email)
}
