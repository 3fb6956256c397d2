package policy

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kehu/internal/fault"
	"kehu/internal/fields"
)

// Faults of one part of a policy.
var (
	ErrPartNumber = fault.Define("policy_number", "请填写{min}到{max}之间的数", "Give a number from {min} to {max}")
	ErrPartChoice = fault.Define("policy_choice", "「{value}」不能选，请从列表中选择", "“{value}” cannot be chosen, take one of the list")
	ErrPartTime   = fault.Define("policy_time", "请写成 08:30 这样的时间", "Write a time such as 08:30")
	ErrPartKind   = fault.Define("policy_kind", "这里的内容不是所要的类型", "This is not of the kind that is wanted here")
)

// Kinds of a shape.
const (
	Group   = "group"   // an object, by its parts
	List    = "list"    // several of the item
	Choices = "choices" // some of the options
	Lines   = "lines"   // several texts

	Alternatives = "alternatives" // several texts, each some of the options with | between: one of them is enough
	Choice       = "choice"       // one of the options
	Text         = "text"
	Clock        = "time" // 08:30
	Number       = "number"
	Switch       = "switch" // true or false
)

// Shape says how a policy's value looks, for a form: what its parts are, in words, and what they may be.
type Shape struct {
	Key      string         `json:"key"`
	Label    string         `json:"label"`
	LabelEn  string         `json:"label_en"`
	Kind     string         `json:"kind"`
	Whole    bool           `json:"whole,omitempty"`    // of a number
	Optional bool           `json:"optional,omitempty"` // of a number that may be left out
	Min      *float64       `json:"min,omitempty"`
	Max      *float64       `json:"max,omitempty"`
	Options  []ShapedOption `json:"options,omitempty"`
	Parts    []Shape        `json:"parts,omitempty"`
	Item     *Shape         `json:"item,omitempty"`
}

// ShapedOption is one that may be chosen.
type ShapedOption struct {
	Key     string `json:"key"`
	Label   string `json:"label"`
	LabelEn string `json:"label_en"`

	// Of an input of conditions: which other parts of the condition it uses, and which words.
	Parts []string `json:"parts,omitempty"`
	Words []string `json:"words,omitempty"`
}

// ShapeOf is the shape of a policy; ok is false where there is none of that key.
func ShapeOf(key string) (s Shape, ok bool) {
	set := Defaults()
	place := set.place(key)
	if place == nil {
		return s, false
	}
	return shaped(key, key, reflect.TypeOf(place).Elem()), true
}

// shaped describes a type. path is where it stands, with * for whichever key of a map or member of a list.
func shaped(path, key string, t reflect.Type) Shape {
	s := Shape{Key: key, Options: optionsOf(path)}
	s.Label, s.LabelEn = labelOf(path, key)
	if bound, bounded := bounds[path]; bounded {
		s.Min, s.Max = &bound[0], &bound[1]
	}
	if t.Kind() == reflect.Pointer {
		t, s.Optional = t.Elem(), true
	}
	switch t.Kind() {
	case reflect.Struct:
		s.Kind = Group
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			s.Parts = append(s.Parts, shaped(path+"."+name, name, f.Type))
		}
	case reflect.Map:
		s.Kind, s.Options = Group, nil
		for _, o := range keysOf(path) {
			part := shaped(path+".*", o.Key, t.Elem())
			part.Label, part.LabelEn = o.Label, o.LabelEn
			part.narrow(path)
			s.Parts = append(s.Parts, part)
		}
	case reflect.Slice:
		switch {
		case t.Elem().Kind() == reflect.Struct:
			item := shaped(path+".*", "", t.Elem())
			s.Kind, s.Item = List, &item
		case path == "required_fields.*.*":
			s.Kind = Alternatives
		case s.Options != nil:
			s.Kind = Choices
		default:
			s.Kind = Lines
		}
	case reflect.Bool:
		s.Kind = Switch
	case reflect.Int, reflect.Float64:
		s.Kind, s.Whole = Number, t.Kind() == reflect.Int
	default:
		s.Kind = Text
		if s.Options != nil {
			s.Kind = Choice
		} else if clocks[path] {
			s.Kind = Clock
		}
	}
	return s
}

// narrow takes away the readings that a class of fields cannot have.
func (s *Shape) narrow(path string) {
	if path != "access.*" {
		return
	}
	s.Options = slices.DeleteFunc(s.Options, func(o ShapedOption) bool {
		return !slices.Contains(possible[fields.Class(s.Key)], Reading(o.Key))
	})
}

var clock = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]\d$`)

// Problems says what is wrong with a value, by the path of each part, such as lockout.failures or
// rules.0.name. What hangs on several parts is Put's to tell.
func Problems(key string, value []byte) map[string]*fault.Fault {
	found := map[string]*fault.Fault{}
	s, ok := ShapeOf(key)
	var given any
	if !ok || json.Unmarshal(value, &given) != nil {
		return found
	}
	if _, short := given.(string); short && key == "review" { // the mode alone
		return found
	}
	s.problems("", given, found)
	return found
}

func (s *Shape) problems(path string, given any, found map[string]*fault.Fault) {
	put := func(f *fault.Fault) { found[strings.TrimPrefix(path, ".")] = f }
	switch s.Kind {
	case Group:
		members, ok := given.(map[string]any)
		if !ok {
			put(ErrPartKind)
		}
		for i := range s.Parts {
			if value, there := members[s.Parts[i].Key]; there {
				s.Parts[i].problems(path+"."+s.Parts[i].Key, value, found)
			}
		}
	case List:
		items, ok := given.([]any)
		if !ok && given != nil {
			put(ErrPartKind)
		}
		for i, item := range items {
			s.Item.problems(path+"."+strconv.Itoa(i), item, found)
		}
	case Choices, Lines, Alternatives:
		items, ok := given.([]any)
		if !ok && given != nil {
			put(ErrPartKind)
		}
		for _, item := range items {
			text, ok := item.(string)
			if !ok || s.Kind == Choices && !s.offers(text) {
				put(ErrPartChoice.With("value", item))
			}
		}
	default:
		if f := s.problem(given); f != nil {
			put(f)
		}
	}
}

func (s *Shape) offers(key string) bool {
	return slices.ContainsFunc(s.Options, func(o ShapedOption) bool { return o.Key == key })
}

// problem is that of one value.
func (s *Shape) problem(given any) *fault.Fault {
	text, isText := given.(string)
	switch s.Kind {
	case Switch:
		if _, ok := given.(bool); !ok {
			return ErrPartKind
		}
	case Number:
		n, ok := given.(float64)
		switch {
		case given == nil && s.Optional:
		case !ok:
			return ErrPartKind
		case s.Min != nil && (n < *s.Min || n > *s.Max || s.Whole && n != float64(int64(n))):
			return ErrPartNumber.With("min", *s.Min, "max", *s.Max)
		}
	case Choice:
		if !isText || !s.offers(text) {
			return ErrPartChoice.With("value", given)
		}
	case Clock:
		if !clock.MatchString(text) {
			return ErrPartTime
		}
	default:
		if !isText {
			return ErrPartKind
		}
	}
	return nil
}
