package sheet

import (
	"strconv"
	"strings"
)

// formatClass says how a number format shows a number.
type formatClass uint8

const (
	formatPlain   formatClass = iota
	formatDate                // a date, perhaps with a time
	formatTime                // a time of the day
	formatElapsed             // hours or minutes that run on past 24 or 60: [h]:mm
)

// maxFormats bounds the cell formats of a workbook. Excel allows 65,490.
const maxFormats = 100_000

// readFormats reads the styles part: the class of every cell format (cellXfs).
func readFormats(x *xmlScanner) ([]formatClass, error) {
	custom := map[int]formatClass{}
	var formats []formatClass
	inCells := false
	for {
		t, err := x.next()
		if err != nil || t == tokenEOF {
			return formats, err
		}
		if t != tokenStart {
			continue
		}
		switch depth := len(x.stack); {
		case depth == 1 && !x.isMain("styleSheet"):
			return nil, x.damage("no styleSheet element")
		case depth == 2:
			inCells = x.isMain("cellXfs")
		case depth == 3 && x.isMain("numFmt"):
			id, ok := attrNumber(x, "numFmtId")
			if !ok || len(custom) == maxFormats {
				return nil, x.damage("number format")
			}
			code, _ := x.attr("formatCode")
			custom[id] = classify(string(code))
		case depth == 3 && inCells && x.isMain("xf"):
			id, _ := attrNumber(x, "numFmtId")
			class, isCustom := custom[id]
			if !isCustom {
				class = builtin(id)
			}
			if formats = append(formats, class); len(formats) > maxFormats {
				return nil, x.damage("too many cell formats")
			}
		}
	}
}

func attrNumber(x *xmlScanner, local string) (int, bool) {
	value, found := x.attr(local)
	n, err := strconv.Atoi(string(value))
	return n, found && err == nil && n >= 0
}

// builtin classifies the formats that files name by number only (ECMA-376 part 1, 18.8.30);
// 27 to 36 and 50 to 58 are those of Chinese, Japanese and Korean.
func builtin(id int) formatClass {
	switch {
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return formatTime
	case id == 46:
		return formatElapsed
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return formatDate
	}
	return formatPlain
}

// classify reads a format code such as yyyy"年"m"月"d"日";@. What shows positive numbers
// decides: the first section, and where that has a condition ([=0]"") those after it.
func classify(code string) formatClass {
	for n := 0; n < 3 && code != ""; n++ {
		var s formatSection
		code = s.read(code)
		if class := s.class(); class != formatPlain || !s.conditional {
			return class
		}
	}
	return formatPlain
}

// formatSection collects which tokens one section holds.
type formatSection struct {
	date, month, era, clock, elapsed bool // y d; m; e; h s AM/PM; [h]
	digits, conditional              bool // 0 # ?; [>100]
}

func (s *formatSection) class() formatClass {
	switch {
	case s.date, s.era && !s.digits:
		return formatDate
	case s.elapsed:
		return formatElapsed
	case s.clock:
		return formatTime
	case s.month:
		return formatDate
	}
	return formatPlain
}

// read reads one section and returns what follows its semicolon.
func (s *formatSection) read(code string) (rest string) {
	for i := 0; i < len(code); {
		switch c := lower(code[i]); c {
		case ';':
			return code[i+1:]
		case '"':
			i += closing(code[i+1:], '"') + 1
		case '[':
			n := closing(code[i+1:], ']')
			s.bracket(strings.ToLower(strings.TrimSuffix(code[i+1:i+1+n], "]")))
			i += n + 1
		case '\\', '_', '*':
			i += 1 + runeLength(code[i+1:])
		default:
			i += s.token(c, strings.ToLower(code[i:min(len(code), i+16)]))
		}
	}
	return ""
}

// closing returns the length up to and with the closing mark, or all there is.
func closing(code string, mark byte) int {
	if n := strings.IndexByte(code, mark); n >= 0 {
		return n + 1
	}
	return len(code)
}

func runeLength(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}

// bracket reads [h], [<100] and passes over colours and locales ([$-804]).
func (s *formatSection) bracket(content string) {
	switch {
	case content == "":
	case strings.Trim(content, "h") == "", strings.Trim(content, "m") == "",
		strings.Trim(content, "s") == "":
		s.elapsed = true
	case strings.ContainsAny(content[:1], "<>="):
		s.conditional = true
	}
}

// token reads one token outside of quotes and brackets and returns its length. ahead is the
// lower-case text from the token on.
func (s *formatSection) token(c byte, ahead string) int {
	for _, word := range []string{"general", "g/通用格式"} {
		if strings.HasPrefix(ahead, word) {
			return len(word)
		}
	}
	for _, word := range []string{"am/pm", "a/p", "上午/下午"} {
		if strings.HasPrefix(ahead, word) {
			s.clock = true
			return len(word)
		}
	}
	switch {
	case c == 'y', c == 'd', strings.HasPrefix(ahead, "aaa"):
		s.date = true
	case c == 'm':
		s.month = true
	case c == 'h', c == 's':
		s.clock = true
	case c == 'e' && len(ahead) > 1 && (ahead[1] == '+' || ahead[1] == '-'):
		s.digits = true // an exponent
	case c == 'e':
		s.era = true // the year of an era, in China of the calendar
	case c == '0', c == '#', c == '?':
		s.digits = true
	}
	return runeLength(ahead)
}
