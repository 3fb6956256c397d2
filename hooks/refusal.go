package hooks

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"kehu/collections"
	"kehu/internal/cn"
	"kehu/internal/fault"
	"kehu/internal/fields"
	"kehu/internal/register"
)

// Faults of a request as a whole.
var (
	ErrCheck = fault.Define("check_fields", "有{n}处需要修改：{first}",
		"{n} to mend: {first}")
	ErrDuplicateExact = fault.Define("duplicate_exact",
		"登记簿里已有同一客户（负责人：{owner}），请核对，不要重复建档",
		"This customer is already in the register (owner: {owner}); do not enter it again")
	ErrDuplicateArchived = fault.Define("duplicate_archived",
		"归档库里已有同一客户（原负责人：{owner}），请恢复该客户，不要重新建档",
		"This customer lies in the archive (its owner was {owner}); have it restored, do not enter it again")
	ErrDuplicateSuspected = fault.Define("duplicate_suspected",
		"可能与已有客户重复（负责人：{owner}）；确认不是同一客户时请填写理由后保存",
		"It may be a customer that is already here (owner: {owner}); if it is not, save with a reason")
	ErrForbidden = fault.Define("forbidden", "您的角色不能执行此操作，请联系部门负责人或数据管理员",
		"Your role may not do this, ask your manager or a data administrator")
	ErrSignIn        = fault.Define("sign_in", "请先登录", "Sign in first")
	ErrMissingRecord = fault.Define("not_found", "没有这条记录，或您无权查看",
		"There is no such record, or you may not see it")
	ErrBody = fault.Define("body_invalid", "请求内容不正确：{why}",
		"The request's body is wrong: {why}")
	ErrUnknownField = fault.Define("value_refused", "「{field}」的值不能保存，请核对",
		"The value of {field_en} cannot be stored, check it")
	ErrFileSize = fault.Define("file_size", "文件超过{limit} MB，请压缩或分开后重新上传",
		"The file is over {limit} MB: make it smaller, or send it in parts")
	ErrFileKind = fault.Define("file_kind",
		"文件内容不是 PDF、JPG 或 PNG（改扩展名没有用），请另存为其中一种后上传",
		"The file's content is no PDF, JPG or PNG, whatever its name: save it as one of these")
	ErrUnique        = fault.Define("value_taken", "「{field}」的值已被使用", "The value of {field_en} is taken")
	ErrPasswordAgain = fault.Define("password_again", "两次输入的密码不一致", "The two passwords differ")
)

// refusal is why a record was not stored: for machines and people, answered by answer.
type refusal struct {
	collection string
	status     int
	findings   register.Findings
	duplicates []collections.Duplicate
	names      func(staff string) string // names of owners
	visible    func(collections.Duplicate) bool
	restores   func(collections.Duplicate) bool // may the asker take it out of the archive?
}

// Error is the first finding; the language is Chinese outside a request.
func (r *refusal) Error() string { return r.message("zh") }

func (r *refusal) first() (key string, found *fault.Fault) {
	keys := slices.Sorted(maps.Keys(r.findings))
	if len(keys) == 0 {
		return "", ErrDuplicateExact
	}
	return keys[0], r.findings[keys[0]]
}

func (r *refusal) message(lang string) string {
	key, found := r.first()
	if len(r.duplicates) > 0 {
		return found.In(lang)
	}
	first := fields.Label(r.collection+"."+key, lang) + "：" + found.In(lang)
	if lang == "en" {
		first = fields.Label(r.collection+"."+key, lang) + ": " + found.In(lang)
	}
	return ErrCheck.With("n", len(r.findings), "first", first).In(lang)
}

// answer is the refusal in PocketBase's error shape, in the language of the request.
func (r *refusal) answer(lang string) *router.ApiError {
	data := map[string]any{}
	for key, found := range r.findings {
		data[key] = map[string]string{"code": found.Code, "message": found.In(lang)}
	}
	if len(r.duplicates) > 0 {
		data["duplicates"] = r.shown(lang)
	}
	return &router.ApiError{Status: r.status, Message: r.message(lang), Data: data}
}

// shown lists the duplicates: that they exist and who owns them, and their numbers only where the
// asker may see the customer (R4.3). What the reasons tell is what the asker typed.
func (r *refusal) shown(lang string) []map[string]any {
	shown := []map[string]any{}
	for _, d := range r.duplicates {
		reasons, codes := []string{}, []string{}
		for _, reason := range d.Reasons {
			reasons, codes = append(reasons, reason.In(lang)), append(codes, string(reason))
		}
		one := map[string]any{"level": d.Level, "score": d.Score, "reasons": reasons,
			"codes": codes, "owner": r.names(d.Owner)}
		switch {
		case !r.visible(d):
		case d.Archive == "":
			one["id"], one["number"] = d.ID, d.Number
		default:
			one["archive"], one["number"], one["restore"] = d.Archive, d.Number, r.restores(d)
		}
		shown = append(shown, one)
	}
	return shown
}

// refuse answers one fault with a status.
func refuse(e *core.RequestEvent, status int, found *fault.Fault) error {
	lang := language(e)
	return &router.ApiError{Status: status, Message: found.In(lang),
		Data: map[string]any{"code": found.Code}}
}

// refuseError answers any error: a fault as it says, anything else as PocketBase does.
func refuseError(e *core.RequestEvent, err error) error {
	lang := language(e)
	var refused *refusal
	var known *router.ApiError
	switch {
	case errors.As(err, &refused):
		return refused.answer(lang)
	case errors.As(err, &known):
		return known
	}
	if found, ok := fault.Of(err); ok {
		return refuse(e, statusOf(found), found)
	}
	return err
}

// statusOf is the status of a refusal that no field is to blame for.
func statusOf(found *fault.Fault) int {
	switch found.Code {
	case ErrMissingRecord.Code:
		return http.StatusNotFound
	case ErrForbidden.Code, ErrConsentWithdrawn.Code:
		return http.StatusForbidden
	case ErrRevealQuota.Code, ErrLookupQuota.Code, ErrQuota.Code, ErrNumbersQuota.Code:
		return http.StatusTooManyRequests
	case ErrSignIn.Code:
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

// refusals turns what a save refused into the answer of its request. It is bound first, around
// everything else.
func (h *House) refusals(e *core.RecordRequestEvent) error {
	return h.answeredOf(e.RequestEvent, e.Record.Collection().Name, e.Record, e.Next())
}

func (h *House) answered(e *core.RequestEvent, collection string, err error) error {
	return h.answeredOf(e, collection, nil, err)
}

// answeredOf answers what the save of a record refused; record may be nil where nobody has it.
func (h *House) answeredOf(e *core.RequestEvent, collection string, record *core.Record, err error) error {
	if err == nil {
		return nil
	}
	cause := err
	var wrapped *router.ApiError
	if errors.As(err, &wrapped) { // PocketBase carries a save's error as raw data
		if raw, ok := wrapped.RawData().(error); ok {
			cause = raw
		}
	}
	var refused *refusal
	if !errors.As(cause, &refused) {
		var invalid validation.Errors
		if found, ok := fault.Of(cause); ok && cause != err {
			return refuse(e, statusOf(found), found)
		}
		if !errors.As(cause, &invalid) {
			return refuseError(e, err)
		}
		refused = fromValidation(collection, record, invalid)
	}
	return refused.answer(language(e))
}

// fromValidation says PocketBase's own refusals in our words.
func fromValidation(collection string, record *core.Record, invalid validation.Errors) *refusal {
	r := &refusal{collection: collection, status: http.StatusBadRequest,
		findings: register.Findings{}}
	for key, err := range invalid {
		r.findings[key] = inOurWords(collection, key, record, err).Because(err)
	}
	return r
}

func inOurWords(collection, key string, record *core.Record, err error) *fault.Fault {
	label, english := fields.Label(collection+"."+key, "zh"), fields.Label(collection+"."+key, "en")
	given := label
	if record != nil && record.GetString(key) != "" {
		given = record.GetString(key)
	}
	code, params := "", map[string]any{}
	var coded validation.Error
	if errors.As(err, &coded) {
		code, params = coded.Code(), coded.Params()
	}
	says := func(part string) bool { return strings.Contains(code, part) }
	switch {
	case says("required"):
		return register.ErrRequired.With("field", label, "field_en", english)
	case says("not_unique"):
		return ErrUnique.With("field", label, "field_en", english)
	case says("missing_rel"):
		return register.ErrNotFound.With("value", given)
	case says("is_email"):
		return cn.ErrEmailSyntax
	case says("max_text") && params["max"] != nil:
		return register.ErrTooLong.With("max", params["max"])
	case says("file_size"):
		return ErrFileSize.With("limit", collections.MaxFileSize>>20)
	case says("mime_type"):
		return ErrFileKind
	case says("values_mismatch"):
		return ErrPasswordAgain
	}
	if options := optionsOf(record, key); options != "" {
		return register.ErrOption.With("value", given, "options", options)
	}
	return ErrUnknownField.With("field", label, "field_en", english)
}

// optionsOf are the keys of a choice, "" where the field is none.
func optionsOf(record *core.Record, key string) string {
	if record == nil {
		return ""
	}
	choice, is := record.Collection().Fields.GetByName(key).(*core.SelectField)
	if !is {
		return ""
	}
	return strings.Join(choice.Values, "、")
}

// language is the one a request asks for. The built-in admin UI always says English, whatever its
// user speaks, so it is answered in Chinese, the language of its help texts.
func language(e *core.RequestEvent) string {
	if e.Request.Header.Get("X-Request-Source") == "pbui" {
		return "zh"
	}
	return fault.Language(e.Request.Header.Get("Accept-Language"))
}
