//! Traps of S3 replication by the names that an exporter of CloudWatch gives it: a rule without metrics has no series, and
//! copies that failed are never tried again. The exporter is ours: there is no CloudWatch to be had.

use super::{
    exporters::Exporter,
    looks::{Looks, Scraped},
};

fn page(latency: f64, failed: f64) -> String {
    let labels = r#"dimension_SourceBucket="models",dimension_DestinationBucket="models-west",dimension_RuleId="all""#;
    format!(
        "aws_s3_replication_latency_maximum{{{labels}}} {latency}\naws_s3_operations_failed_replication_sum{{{labels}}} {failed}\n"
    )
}

#[test]
fn r29_a_rule_that_shows_nothing_is_no_copy_that_is_caught_up() {
    let exporter = Exporter::new(page(12.0, 0.0));
    let scraped = Scraped::by(&[format!("cloudwatch=127.0.0.1:{}", exporter.port)]);
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: models
regions: [{{name: east, role: primary}}, {{name: west, role: standby}}]
connections: {{prom: {{every: 1s, prometheus: {{url: \"{}\"}}}}}}
datasets:
  - name: models
    rpo: 30m
    sources:
      - name: bucket
        kind: replica
        how: s3
        region: west
        limit: \"< 15m\"
        lag: {{query: {{via: prom, expr: 'max(aws_s3_replication_latency_maximum{{dimension_SourceBucket=\"models\"}})', max_age: 6s}}}}
        connected: {{query: {{via: prom, expr: 'sum(aws_s3_operations_failed_replication_sum{{dimension_SourceBucket=\"models\"}})', expect: \"== 0\", max_age: 6s}}}}
",
        scraped.url()
    ));
    looks.until("it follows", |text| text.contains("bucket of models  behind") && text.contains("12s behind, connected"));
    exporter.says(Some(page(1_000.0, 0.0)));
    looks.until("over its limit", |text| text.contains("bucket of models  over its limit") && text.contains("16m40s"));
    exporter.says(Some(page(2.0, 3.0)));
    looks.until("some failed", |text| text.contains("bucket of models  CUT OFF") && text.contains("(is 3, wanted == 0)"));
    // Metrics of the rule are switched off.
    exporter.says(Some("up_to_nothing 1\n".into()));
    looks.until("nothing is told", |text| {
        text.contains("bucket of models  cannot tell") && text.contains("Models: cannot tell what would be lost")
    });
}
