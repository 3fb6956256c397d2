package match

import "math"

// Model is what the register says of how common things are. It is estimated from a sample
// (Census); where the sample is small, what is known of three million company names counts.
type Model struct {
	Customers int                `json:"customers"` // of the whole register
	Sample    int                `json:"sample"`    // organisations counted
	Chars     map[string]float64 `json:"chars"`     // share of brands that hold a character
	Trades    map[string]float64 `json:"trades"`    // share of names by trade
	Cities    map[string]float64 `json:"cities"`    // share by city
}

// Pseudo-counts: how many names the general knowledge weighs as much as.
const (
	charsWeight  = 2000
	tradesWeight = 1000
	citiesWeight = 200
)

// commonChars are the characters that every seventieth to hundredth brand holds.
const commonChars = "华鑫盛金恒天宏达兴泰新海德瑞安博大龙丰中东源信诚通利国创美联广福亿嘉万腾飞康星永立成和" +
	"阳凯锦佳宇辉顺鸿润欣远航鼎智正云建百捷强昌荣隆祥富胜世一千众合方圆光明亚友伟业晨旭浩雅尚文科力邦"

var common = func() map[rune]bool {
	set := map[rune]bool{}
	for _, r := range commonChars {
		set[r] = true
	}
	return set
}()

// Shares of what was never counted.
const (
	commonShare = 1.0 / 110
	rareShare   = 1.0 / 2500
	otherTrade  = 1.0 / 2000
	otherCity   = 1.0 / 40
	smallest    = 5000 // customers that a register is taken to have at least
)

// charShare is how many brands of one hold a character.
func (m *Model) charShare(r rune) float64 {
	prior := rareShare
	if common[r] {
		prior = commonShare
	}
	return mixed(m.Chars[string(r)], m.Sample, prior, charsWeight)
}

func (m *Model) tradeShare(trade string) float64 {
	prior, ok := trades()[trade]
	if !ok {
		prior = otherTrade
	}
	return mixed(m.Trades[trade], m.Sample, prior, tradesWeight)
}

func (m *Model) cityShare(code string) float64 {
	return mixed(m.Cities[cityOf(code)], m.Sample, otherCity, citiesWeight)
}

func mixed(share float64, sample int, prior float64, weight float64) float64 {
	n := float64(sample)
	return (share*n + prior*weight) / (n + weight)
}

// size is the binary logarithm of how many customers there are to be confused with.
func (m *Model) size() float64 { return math.Log2(float64(max(m.Customers, smallest))) }

// Census counts a sample of the register.
type Census struct {
	n                     int
	chars, trades, cities map[string]float64
}

// NewCensus begins with nothing counted.
func NewCensus() *Census {
	return &Census{chars: map[string]float64{}, trades: map[string]float64{}, cities: map[string]float64{}}
}

// Count adds one customer. Persons tell nothing of brands.
func (s *Census) Count(c *Card) {
	if c.person || len(c.main.core) == 0 {
		return
	}
	s.n++
	seen := map[rune]bool{}
	for _, r := range c.main.brand {
		if !seen[r] {
			seen[r] = true
			s.chars[string(r)]++
		}
	}
	s.trades[string(c.main.trade)]++
	if where := c.where(); len(where) == 6 {
		s.cities[cityOf(where)]++
	}
}

// Model is the estimate for a register of so many customers. What was counted once is left out: it
// says no more than the general share.
func (s *Census) Model(customers int) *Model {
	m := &Model{Customers: customers, Sample: s.n, Chars: map[string]float64{},
		Trades: map[string]float64{}, Cities: map[string]float64{}}
	for _, part := range []struct{ from, to map[string]float64 }{
		{s.chars, m.Chars}, {s.trades, m.Trades}, {s.cities, m.Cities}} {
		for word, n := range part.from {
			if n > 1 {
				part.to[word] = n / float64(s.n)
			}
		}
	}
	return m
}

// where is the division that a customer is known by: that of its name, else of its address.
func (c *Card) where() string {
	if c.main.region != "" {
		return c.main.region
	}
	return c.division
}

func bits(share float64) float64 { return -math.Log2(share) }
