package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"kehu/internal/policy"
)

// The make-up of the demonstration.
const (
	enterprises  = 230
	individuals  = 50
	institutions = 20
	certificates = 10 // individuals with a certificate number, by consent
	groups       = 6  // enterprises that belong to another
)

// CompanyName is the demonstration company.
const CompanyName = "砚舟示范科技（演示公司）"

// cast is everything that is invented: pure data, without a database. The same random numbers and
// the same day give the same cast.
type cast struct {
	*inventor
	customers []customer
}

// customer is one customer as a person would type it, with all that belongs to it.
type customer struct {
	values     map[string]any // of the collection; relations by name or e-mail
	place      place
	status     string
	stageDates map[string]string
	certNo     string
	contacts   []map[string]any
	followups  []map[string]any
	contracts  []contract
	orders     []map[string]any // without a contract
	tickets    []map[string]any
	consents   []map[string]any
}

// contract carries the orders made under it.
type contract struct {
	values map[string]any
	orders []map[string]any
}

func (c *customer) text(key string) string {
	s, _ := c.values[key].(string)
	return s
}

// inventor makes up one thing after the other; each counter makes its things different.
type inventor struct {
	*rand.Rand
	now     time.Time // in the company's zone
	brands  []int     // a shuffled list of pairs of syllables
	persons map[string]bool
	brand   int
	phone   int
	code    int
	paper   int
}

func newInventor(random *rand.Rand, now time.Time) *inventor {
	zone := policy.Defaults().Company.Location()
	i := &inventor{Rand: random, now: now.In(zone), persons: map[string]bool{}}
	i.brands = random.Perm(len(brandFirst) * len(brandSecond))
	for _, m := range staff {
		i.persons[m.name] = true
	}
	return i
}

// newCast invents the customers of the demonstration company.
func newCast(random *rand.Rand, now time.Time) *cast {
	c := &cast{inventor: newInventor(random, now)}
	for n := range enterprises + individuals + institutions {
		switch {
		case n < enterprises:
			c.customers = append(c.customers, c.enterprise(n))
		case n < enterprises+individuals:
			c.customers = append(c.customers, c.individual(n-enterprises))
		default:
			c.customers = append(c.customers, c.institution())
		}
	}
	for n := range groups {
		c.customers[40+n].values["parent"] = c.customers[n/2].text("name")
	}
	for n := range c.customers {
		c.deal(&c.customers[n], n)
	}
	c.Shuffle(len(c.customers)-enterprises/2, func(a, b int) { // kinds mixed, parents first
		a, b = a+enterprises/2, b+enterprises/2
		c.customers[a], c.customers[b] = c.customers[b], c.customers[a]
	})
	return c
}

// pick takes one of a list.
func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// chance is true n times out of a hundred.
func (i *inventor) chance(n int) bool { return i.IntN(100) < n }

// day is the civil date so many days ago.
func (i *inventor) day(ago int) string { return i.now.AddDate(0, 0, -ago).Format("2006-01-02") }

func (i *inventor) mobile() string {
	i.phone++
	return mobileNumber(i.phone)
}

func (i *inventor) landline(p place) string {
	i.phone++
	return landlineNumber(p, i.phone)
}

func (i *inventor) credit(registrar string, p place) string {
	i.code++
	return creditCode(registrar, p.code, i.code)
}

// person makes up a name that nobody in the demonstration has yet.
func (i *inventor) person() string {
	for {
		name := pick(i.Rand, surnames) + pick(i.Rand, givenFirst)
		if i.chance(80) {
			name += pick(i.Rand, givenSecond)
		}
		if !i.persons[name] {
			i.persons[name] = true
			return name
		}
	}
}

// newBrand is a brand and the domain of its e-mail addresses, which RFC 2606 reserves.
func (i *inventor) newBrand() (name, domain string) {
	n := i.brands[i.brand%len(i.brands)]
	i.brand++
	first, second := brandFirst[n/len(brandSecond)], brandSecond[n%len(brandSecond)]
	return first.han + second.han, fmt.Sprintf("%s-%s.example", first.latin, second.latin)
}

// salesOf is who sells in a place.
func (i *inventor) salesOf(p place) member {
	region := []string{"sales1", "sales2"}
	if !eastern(p) {
		region = []string{"sales3", "sales4"}
	}
	return memberOf(pick(i.Rand, region))
}
