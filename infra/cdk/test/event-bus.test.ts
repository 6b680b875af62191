import * as events from 'aws-cdk-lib/aws-events';
import { describe, expect, test } from 'vitest';
import { invalidatorTemplate, permissions, resource } from './stacks';

const FOREIGN = 'arn:aws:events:us-east-1:222222222222:event-bus/deploys';
const ROLES = ['StartRole', 'CheckerRole'];
const FUNCTIONS = ['StartFunction', 'CheckerFunction'];

const told = (template: ReturnType<typeof invalidatorTemplate>) =>
  FUNCTIONS.map((id) => resource(template, id).Properties.Environment.Variables.EVENT_BUS_NAME);

describe('the event bus', () => {
  test('without one, no role may put events and no function has the setting of a bus', () => {
    const template = invalidatorTemplate();
    expect(told(template)).toEqual([undefined, undefined]);
    for (const role of ROLES) {
      expect(permissions(template, role)).not.toHaveProperty('events:PutEvents');
      expect(permissions(template, role)).not.toHaveProperty('events:DescribeEventBus');
    }
  });

  test('a bus of the stack is set by its name, and both roles may put events only on that bus, and find it', () => {
    const template = invalidatorTemplate((own) => ({ eventBus: new events.EventBus(own, 'Outcomes') }));
    const { logicalId } = resource(template, 'Outcomes');
    const [name, arn] = [{ Ref: logicalId }, { 'Fn::GetAtt': [logicalId, 'Arn'] }];
    expect(told(template)).toEqual([name, name]);
    for (const role of ROLES) {
      expect(permissions(template, role)['events:PutEvents']).toEqual(arn);
      expect(permissions(template, role)['events:DescribeEventBus']).toEqual(arn);
    }
  });

  test('one of another account keeps its account', () => {
    const template = invalidatorTemplate((own) => ({ eventBus: events.EventBus.fromEventBusArn(own, 'Bus', FOREIGN) }));
    expect(told(template)).toEqual([FOREIGN, FOREIGN]);
    for (const role of ROLES) {
      expect(permissions(template, role)['events:PutEvents']).toBe(FOREIGN);
      expect(permissions(template, role)).not.toHaveProperty('events:DescribeEventBus');
    }
  });
});
