package collections

import (
	"encoding/json"
	"math/bits"

	"kehu/internal/match"
)

// modelSample is how many customers the frequencies are estimated from.
const modelSample = 6000

// ReadModel reads the frequencies as they were last estimated; of a new register, the general ones.
func ReadModel(db DB) (*match.Model, error) {
	text, err := MatchState(db, "model")
	if err != nil {
		return nil, err
	}
	m := match.NewCensus().Model(0)
	if text == "" {
		return m, nil
	}
	return m, json.Unmarshal([]byte(text), m)
}

// EstimateModel counts a sample that is spread over the whole register. It reads only.
func EstimateModel(db DB) (*match.Model, error) {
	var total int
	var last int64
	if _, err := one(db, []any{&total}, "SELECT coalesce(sum(n), 0) FROM kehu_totals"); err != nil {
		return nil, err
	}
	if _, err := one(db, []any{&last}, "SELECT coalesce(max(doc), 0) FROM customers"); err != nil {
		return nil, err
	}
	census := match.NewCensus()
	for at := range int64(modelSample / sampleAtOnce) {
		docs := make([]int64, sampleAtOnce)
		for i := range docs {
			docs[i] = 1 + spread(at*sampleAtOnce+int64(i), last)
		}
		cards, err := Cards(db, docs)
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			census.Count(c.Card)
		}
	}
	return census.Model(total), nil
}

const sampleAtOnce = 500

// spread gives the n-th of places strewn over 0 … size-1, the same at every run (van der Corput).
func spread(n, size int64) int64 {
	high, _ := bits.Mul64(bits.Reverse64(uint64(n)), uint64(max(size, 1)))
	return int64(high)
}

// StoreModel keeps the frequencies.
func StoreModel(db DB, m *match.Model) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return SetMatchState(db, "model", string(text))
}
