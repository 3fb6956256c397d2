package main

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"regexp"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// This test's own program is listed: every module that its linker wrote into it, and each once.
func TestDescribe(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	document, err := describe(program, "1.2.3", time.Unix(1_700_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	var text, again bytes.Buffer
	if err := write(&text, document); err != nil {
		t.Fatal(err)
	}
	if err := write(&again, document); err != nil || !bytes.Equal(text.Bytes(), again.Bytes()) {
		t.Errorf("the same program has two lists, %v", err)
	}
	var read cdx.BOM
	if err := cdx.NewBOMDecoder(&text, cdx.BOMFileFormatJSON).Decode(&read); err != nil {
		t.Fatal(err)
	}
	build, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, c := range *read.Components {
		listed[c.PackageURL]++
	}
	for _, m := range build.Deps {
		if listed["pkg:golang/"+m.Path+"@"+m.Version] != 1 {
			t.Errorf("%s %s is listed %d times", m.Path, m.Version, listed["pkg:golang/"+m.Path+"@"+m.Version])
		}
	}
	if len(listed) != len(build.Deps)+1 || len(build.Deps) == 0 {
		t.Errorf("%d components of %d modules", len(listed), len(build.Deps))
	}
	uuid := regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if read.SpecVersion != cdx.SpecVersion1_5 || !uuid.MatchString(read.SerialNumber) || read.Metadata.Component.Version != "1.2.3" {
		t.Errorf("%v %s %+v", read.SpecVersion, read.SerialNumber, read.Metadata.Component)
	}
}
