package workday

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestStatutoryDays(t *testing.T) {
	for year, want := range map[int][]string{
		2024: nil,
		2027: {"2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05",
			"2027-05-01", "2027-05-02", "2027-06-09", "2027-09-15", "2027-10-01", "2027-10-02",
			"2027-10-03"},
		2028: {"2028-01-01", "2028-01-25", "2028-01-26", "2028-01-27", "2028-01-28", "2028-04-04",
			"2028-05-01", "2028-05-02", "2028-05-28", "2028-10-01", "2028-10-02", "2028-10-03"},
		2051: {"2051-01-01", "2051-05-01", "2051-05-02", "2051-10-01", "2051-10-02", "2051-10-03"},
	} {
		if got := dates(Statutory(year)); !slices.Equal(got, want) {
			t.Errorf("%d has %v, want %v", year, got, want)
		}
	}
}

func TestDaysMadeUpFor(t *testing.T) {
	for year, want := range map[int][]string{
		2027: {"2027-02-09", "2027-02-10", "2027-05-03", "2027-05-04", "2027-10-04", "2027-10-05"},
		// 中秋 falls into 国庆节, which begins on a Sunday.
		2028: {"2028-01-03", "2028-05-29", "2028-10-04", "2028-10-05"},
	} {
		if got := dates(madeUp(year)); !slices.Equal(got, want) {
			t.Errorf("%d makes up on %v, want %v", year, got, want)
		}
	}
}

func TestNoticesContainTheLaw(t *testing.T) {
	for _, year := range []int{2025, 2026} {
		for _, day := range Statutory(year) {
			if status := plain.On(day.Date); status.Working {
				t.Errorf("%v %s is worked", day.Date, day.Name)
			}
		}
	}
}

func dates(days []Day) (texts []string) {
	for _, day := range days {
		texts = append(texts, day.Date.String())
	}
	return texts
}

func TestLunarTableIsWhole(t *testing.T) {
	if len(lunarDays) != lastLunar-firstLunar+1 {
		t.Fatalf("the table has %d years", len(lunarDays))
	}
	for i, l := range lunarDays {
		if l.year != firstLunar+i {
			t.Errorf("row %d is %d", i, l.year)
		}
		within(t, l.date(l.newYear), l.year, 1, 21, 2, 20)
		within(t, l.date(l.duanwu), l.year, 5, 27, 6, 25)
		within(t, l.date(l.zhongqiu), l.year, 9, 7, 10, 8)
	}
}

func within(t *testing.T, d Date, year int, fromMonth, fromDay, toMonth, toDay int) {
	t.Helper()
	if d < On(year, time.Month(fromMonth), fromDay) || d > On(year, time.Month(toMonth), toDay) {
		t.Errorf("%v lies outside its season", d)
	}
}

// The lunar months begin on the day of the new moon in China (GB/T 33661-2017), so 春节 is such
// a day, 端午 the fifth and 中秋 the fifteenth from one.
func TestLunarDatesFollowTheNewMoon(t *testing.T) {
	if got := newMoon(-283); math.Abs(got-2443192.65118) > 0.00002 {
		t.Fatalf("Meeus' example 49.a gives %.5f", got)
	}
	moons := map[Date]bool{}
	for k := 0.0; k < 700; k++ { // 2000 to 2056
		moons[chinaDate(newMoon(k))] = true
	}
	for _, l := range lunarDays {
		for first, name := range map[Date]string{
			l.date(l.newYear): "春节", l.date(l.duanwu) - 4: "端午", l.date(l.zhongqiu) - 14: "中秋",
		} {
			if !moons[first] {
				t.Errorf("%d: the month of %s does not begin on %v", l.year, name, first)
			}
		}
	}
}

// 清明 is the day in China on which the sun reaches 15 degrees.
func TestQingmingFollowsTheSun(t *testing.T) {
	for _, l := range lunarDays {
		d := l.date(l.qingming)
		begin, end := sunLongitude(chinaMidnight(d)), sunLongitude(chinaMidnight(d+1))
		if begin >= 15 || end < 15 {
			t.Errorf("%v: the sun goes from %.3f to %.3f", d, begin, end)
		}
	}
}

const (
	unixEpoch   = 2440587.5            // julian day
	chinaOffset = 8.0 / 24             // UTC+8
	deltaT      = 75.0 / secondsPerDay // terrestrial less universal time, 2025 to 2050
)

func chinaDate(jde float64) Date { return Date(math.Floor(jde - deltaT - unixEpoch + chinaOffset)) }

func chinaMidnight(d Date) float64 { return float64(d) + unixEpoch - chinaOffset + deltaT }

func sin(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }

// newMoon is the julian ephemeris day of the k-th new moon since 2000 (Meeus, Astronomical
// Algorithms, chapter 49), right to about 20 seconds.
func newMoon(k float64) float64 {
	T := k / 1236.85
	e := 1 - 0.002516*T - 0.0000074*T*T
	m := 2.5534 + 29.10535670*k - 0.0000014*T*T
	n := 201.5643 + 385.81693528*k + 0.0107582*T*T + 0.00001238*T*T*T
	f := 160.7108 + 390.67050284*k - 0.0016118*T*T - 0.00000227*T*T*T
	o := 124.7746 - 1.56375588*k + 0.0020672*T*T
	jde := 2451550.09766 + 29.530588861*k + 0.00015437*T*T - 0.00000015*T*T*T
	for _, term := range [][2]float64{
		{-0.40720, n}, {0.17241 * e, m}, {0.01608, 2 * n}, {0.01039, 2 * f},
		{0.00739 * e, n - m}, {-0.00514 * e, n + m}, {0.00208 * e * e, 2 * m},
		{-0.00111, n - 2*f}, {-0.00057, n + 2*f}, {0.00056 * e, 2*n + m}, {-0.00042, 3 * n},
		{0.00042 * e, m + 2*f}, {0.00038 * e, m - 2*f}, {-0.00024 * e, 2*n - m}, {-0.00017, o},
		{-0.00007, n + 2*m}, {0.00004, 2*n - 2*f}, {0.00004, 3 * m}, {0.00003, n + m - 2*f},
		{0.00003, 2*n + 2*f}, {-0.00003, n + m + 2*f}, {0.00003, n - m + 2*f},
		{-0.00002, n - m - 2*f}, {-0.00002, 3*n + m}, {0.00002, 4 * n},
		{0.000325, 299.77 + 0.107408*k - 0.009173*T*T}, {0.000165, 251.88 + 0.016321*k},
		{0.000164, 251.83 + 26.651886*k}, {0.000126, 349.42 + 36.412478*k},
		{0.000110, 84.66 + 18.206239*k}, {0.000062, 141.74 + 53.303771*k},
		{0.000060, 207.14 + 2.453732*k}, {0.000056, 154.84 + 7.306860*k},
		{0.000047, 34.52 + 27.261239*k}, {0.000042, 207.19 + 0.121824*k},
		{0.000040, 291.34 + 1.844379*k}, {0.000037, 161.72 + 24.198154*k},
		{0.000035, 239.56 + 25.513099*k}, {0.000023, 331.55 + 3.592518*k},
	} {
		jde += term[0] * sin(term[1])
	}
	return jde
}

// sunLongitude is the sun's apparent longitude in degrees (Meeus, chapter 25, right to 0.01).
func sunLongitude(jde float64) float64 {
	T := (jde - 2451545) / 36525
	m := 357.52911 + 35999.05029*T - 0.0001537*T*T
	center := (1.914602-0.004817*T)*sin(m) + (0.019993-0.000101*T)*sin(2*m) + 0.000289*sin(3*m)
	longitude := 280.46646 + 36000.76983*T + 0.0003032*T*T + center -
		0.00569 - 0.00478*sin(125.04-1934.136*T)
	return math.Mod(longitude, 360)
}
