package register

import "testing"

var guesses = map[string][]string{
	"enterprise": {"上海澄岚仪器有限公司", "李记小吃店", "张三（个体工商户）", "张三(个体工商户)", "杭州某某商行",
		"阿里巴巴集团", "某某会计师事务所", "上海某某投资中心（有限合伙）", "农民专业合作社", "中国工商银行",
		"中国工商银行上海分行", "某某学校（集团）有限公司", "某某医院有限公司", "某某宾馆", "某某酒店", "某某药房",
		"某某诊所", "某某网吧", "某某小卖部", "某某门市部", "某某服务部", "某某经营部", "某某加油站", "某某养殖场",
		"某某茶馆", "某某代表处", "信用社", "某某律所", "上海某某厂", "某某工作室", "Acme Ltd", "Acme Inc.",
		"Siemens AG", "SAP (China) Co., Ltd.", "Bosch GmbH", "某某幼儿园有限公司", "某某俱乐部"},
	"institution": {"清华大学", "北京市第一中学", "上海市第六人民医院", "浦东新区市场监督管理局", "杭州市公安局",
		"国家税务总局上海市税务局", "上海市人民政府", "中国红十字会", "上海市质量协会", "某某基金会", "某某小学",
		"实验幼儿园", "街道办事处", "居民委员会", "某某村民委员会", "某某社区卫生服务中心", "某某疾病预防控制中心",
		"中国科学院上海药物研究所", "某某派出所", "上海市总工会", "某某养老院", "某某商会", "某某法院", "上海图书馆",
		"武警某部队", "某某气象站", "复旦大学附属中山医院"},
	"individual": {"张三", "欧阳娜娜", "陈一诺", "司马光", " 张 三 ", "王女士", "李先生", "买买提·吐尔逊",
		"阿卜杜拉·买买提江", "迪丽热巴·迪力木拉提", "克里斯托弗·诺兰", "阿依古丽", "尼格买提", "玛丽亚"},
	"": {"", "王", "John Smith", "Müller", "IBM", "克里斯托弗", "Ltd", "张三123", "。。。"},
}

func TestGuessKindByName(t *testing.T) {
	n := 0
	for want, names := range guesses {
		for _, name := range names {
			n++
			if got := GuessKind(map[string]any{"name": name}); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d names", n)
	}
}

func TestGuessKindByOtherValues(t *testing.T) {
	for _, c := range []struct {
		name  string
		typed map[string]any
		want  string
	}{
		{"nothing", nil, ""},
		{"a firm's code", map[string]any{"uscc": "91110000600037341L"}, "enterprise"},
		{"a co-operative's code", map[string]any{"uscc": "N2310000400014030G"}, "enterprise"},
		{"a public body's code", map[string]any{"uscc": "12100000400014030L"}, "institution"},
		{"an association's code", map[string]any{"uscc": "513100004000140305"}, "institution"},
		{"the code counts more than the name",
			map[string]any{"uscc": "12100000400014030L", "name": "某某中心"}, "institution"},
		{"a wrong code counts nothing",
			map[string]any{"uscc": "12100000400014030A", "name": "某某中心"}, "enterprise"},
		{"gender", map[string]any{"name": "John Smith", "gender": "男"}, "individual"},
		{"certificate", map[string]any{"name": "John Smith", "cert_no": "E1"}, "individual"},
		{"a short name with a representative",
			map[string]any{"name": "小米", "legal_representative": "雷某"}, "enterprise"},
		{"a short name with a capital", map[string]any{"name": "海尔", "registered_capital": 1e6}, "enterprise"},
	} {
		if got := GuessKind(c.typed); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
