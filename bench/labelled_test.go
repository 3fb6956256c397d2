package bench

import (
	"math/rand/v2"
	"slices"
	"testing"

	"kehu/internal/match"
)

// judge scores pairs as the door does: against a register that holds all first records.
func judge(pairs []labelled) (recall, precision float64, missed map[string][]labelled) {
	counts := map[match.Key]int{}
	census := match.NewCensus()
	cards := make([]*match.Card, len(pairs))
	for i, p := range pairs {
		cards[i] = match.Read(p.a, true)
		census.Count(cards[i])
		for _, k := range cards[i].Keys() {
			counts[k]++
		}
	}
	model := census.Model(len(pairs))
	count := func(k match.Key) int { return counts[k] }
	missed = map[string][]labelled{}
	tp, fp, fn := 0, 0, 0
	for i, p := range pairs {
		v := model.Compare(match.Read(p.b, false), cards[i], count, match.DefaultLimits)
		found := v.Level == match.Suspected || v.Level == match.Exact
		switch {
		case found && p.same:
			tp++
		case found:
			fp++
			missed["+"+p.kind] = append(missed["+"+p.kind], p)
		case p.same:
			fn++
			missed["-"+p.kind] = append(missed["-"+p.kind], p)
		}
	}
	return float64(tp) / float64(tp+fn), float64(tp) / float64(tp+fp), missed
}

func TestLabelledSet(t *testing.T) {
	for _, c := range []struct {
		name  string
		words vocabulary
		seed  uint64
	}{{"train", trainWords, 11}, {"hold-out", holdOutWords, 97}} {
		t.Run(c.name, func(t *testing.T) {
			m := &maker{Rand: rand.New(rand.NewPCG(c.seed, 4)), v: c.words}
			pairs := append(m.positives(1500), m.negatives(1800)...)
			recall, precision, missed := judge(pairs)
			t.Logf("%d pairs: recall %.4f, precision %.4f", len(pairs), recall, precision)
			for _, kind := range slices.Sorted(func(yield func(string) bool) {
				for k := range missed {
					if !yield(k) {
						return
					}
				}
			}) {
				p := missed[kind][0]
				t.Logf("%s %d: %s / %s", kind, len(missed[kind]), p.a.Name, p.b.Name)
			}
			if recall < 0.97 || precision < 0.97 {
				t.Errorf("recall %.4f, precision %.4f, both are to be 0.97", recall, precision)
			}
		})
	}
}
