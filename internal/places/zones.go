package places

import "strings"

// zone is an area that people write where a district belongs: a development zone or the like.
type zone struct {
	within   int      // the city (or province) that it lies in
	names    []string // the first is the usual one
	certain  int      // the district where there is no doubt, else none
	possible []string // codes of the districts to ask about
}

func readZones(tsv string, current map[string]int) []zone {
	zones := make([]zone, 0, strings.Count(tsv, "\n"))
	for line := range strings.Lines(tsv) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		f := append(strings.Split(line, "\t"), "", "", "")
		z := zone{within: current[f[0]], names: strings.Split(f[1], ","), certain: none}
		if f[2] != "" {
			z.certain = current[f[2]]
		}
		if f[3] != "" {
			z.possible = strings.Split(f[3], ";")
		}
		zones = append(zones, z)
	}
	return zones
}

// commonZones are names that many cities have: they mean the city written just before them.
var commonZones = map[string]bool{
	"高新技术产业开发区": true, "高新技术开发区": true, "高新开发区": true, "高新区": true, "国家高新区": true,
	"高新技术产业园区": true, "高技术产业开发区": true, "高新园区": true, "国家高新技术产业开发区": true,
	"经济技术开发区": true, "经济开发区": true, "经开区": true, "开发区": true, "保税区": true, "综合保税区": true,
	"工业园区": true, "园区": true, "新区": true, "高区": true, "经区": true, "港区": true, "临港区": true,
	"自由贸易试验区": true, "自由贸易区": true, "自贸试验区": true, "自贸区": true, "大学城": true, "科技园": true,
	"软件园": true, "空港经济区": true, "台商投资区": true, "滨海新区": true, "滨海区": true, "科学城": true,
	"太湖新城": true, "滨海新城": true, "保税港区": true, "生态城": true, "东部新区": true, "政务区": true,
}

// zoneEndings end the names of zones, so that one that is not in the table can be named to the
// user.
var zoneEndings = []string{
	"经济技术开发区", "高新技术产业开发区", "高新技术产业园区", "综合保税区", "自由贸易试验区", "经济开发区",
	"旅游度假区", "科技产业园区", "科技产业园", "工业园区", "产业园区", "科技园区", "工业集中区", "产业集聚区",
	"开发区", "高新区", "经开区", "保税区", "度假区", "示范区", "试验区", "管理区", "工业园", "产业园", "科技园",
	"工业区", "园区", "新区", "港区",
}

// maxZoneName bounds the search for a zone that is not in the table, in characters.
const maxZoneName = 16

// unknownZone returns the name of a zone that text starts with, as its endings tell, or "": up to
// the ending that starts first, the longest of those. Digits, roads and signs end the search.
func unknownZone(text string) string {
	stop, count := len(text), 0
	for i, r := range text {
		count++
		if count > maxZoneName || !isWide(r) || strings.ContainsRune("路街道巷弄号村镇乡，。（、", r) {
			stop = i
			break
		}
	}
	first, end := stop, 0
	for _, ending := range zoneEndings {
		at := strings.Index(text[:stop], ending)
		if at >= 0 && (at < first || (at == first && at+len(ending) > end)) {
			first, end = at, at+len(ending)
		}
	}
	return text[:end]
}
