package places

// openings stand before an address and say nothing of it; longest first.
var openings = wide(
	"中华人民共和国", "中国大陆", "中国境内", "中国", "China", "CHINA", "china", "PRC",
	"注册地址", "经营地址", "办公地址", "公司地址", "通讯地址", "联系地址", "通信地址", "收货地址", "详细地址",
	"工厂地址", "企业地址", "住所地", "地址", "住所", "邮编", "邮政编码",
)

func wide(words ...string) [][]uint16 {
	out := make([][]uint16, len(words))
	for i, w := range words {
		for _, r := range w {
			out[i] = append(out[i], narrow(r))
		}
	}
	return out
}

const postcodeSize = 6

// opening returns where the divisions start: after separators, the country, a label and a postcode.
func (h *head) opening() int {
	at := 0
	for {
		at = h.skipSeparators(at)
		size := h.openingWord(at)
		if size == 0 {
			return at
		}
		at += size
	}
}

func (h *head) openingWord(at int) int {
	digits := 0
	for at+digits < h.size && isDigit(h.chars[at+digits]) {
		digits++
	}
	if digits == postcodeSize {
		return digits
	}
	for _, w := range openings {
		if h.startsWith(w, at) {
			return len(w)
		}
	}
	return 0
}

func (h *head) startsWith(word []uint16, at int) bool {
	if at+len(word) > h.size {
		return false
	}
	for i, c := range word {
		if h.chars[at+i] != c {
			return false
		}
	}
	return true
}

func isDigit(c uint16) bool { return c >= '0' && c <= '9' }
